import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readCredentials } from '../../../../src/parsers/tasks/credentials.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const IDS = ['uid', 'gid', 'suid', 'sgid', 'euid', 'egid', 'fsuid', 'fsgid'];
const CAPS = ['inheritable', 'permitted', 'effective', 'bset', 'ambient'];

/** kernel_cap_t was an array of two words until 6.3, and is one of 64 bits since. */
function kernel(cap: Record<string, string>) {
  const made = new SyntheticKernel();
  made.types.struct('kernel_cap', cap).struct('group_info', { ngroups: 'i32', gid: 'u32[4]' });
  const members = {
    ...Object.fromEntries(IDS.map((name) => [name, 'u32'])),
    securebits: 'u32',
    ...Object.fromEntries(CAPS.map((name) => [`cap_${name}`, 'kernel_cap'])),
    group_info: 'ptr',
  };
  made.types.struct('cred', members);
  return made;
}

function credential(made: SyntheticKernel, groups: readonly number[], count = groups.length): Kva {
  const group_info = made.make('group_info', { ngroups: count });
  groups.forEach((gid, i) => {
    made.set(group_info, 'group_info.gid', gid, i);
  });
  const cred = made.make('cred', { uid: 1000, euid: 0, fsgid: 4_294_967_294, group_info });
  const at = made.types.member('cred.cap_effective')?.offset ?? 0;
  made.poke((cred + at) as Kva, 0x0000_01ff_ffff_fffen);
  return cred;
}

describe.each([
  ['two words', { cap: 'u32[2]' }],
  ['one number', { val: 'u64' }],
])('capabilities as %s', (_name, cap) => {
  test('are sixteen digits', () => {
    const made = kernel(cap);
    const cred = credential(made, [4, 24, 65534]);
    expect(readCredentials(made.kernel(), cred)).toMatchObject({
      uid: 1000,
      euid: 0,
      fsgid: 4_294_967_294,
      groups: [4, 24, 65534],
      capEffective: '000001fffffffffe',
      capAmbient: '0000000000000000',
    });
  });
});

test('a wild number of groups costs the groups', () => {
  const made = kernel({ val: 'u64' });
  const dead = made.kernel();
  expect(readCredentials(dead, credential(made, [4], 0x7fff_ffff))).toMatchObject({ uid: 1000, groups: [] });
  expect(dead.faults.records.map((fault) => fault.kind)).toEqual(['corrupt']);
});

test('a shared cred is one object', () => {
  const made = kernel({ val: 'u64' });
  const cred = credential(made, []);
  const dead = made.kernel();
  expect(readCredentials(dead, cred)).toBe(readCredentials(dead, cred));
});
