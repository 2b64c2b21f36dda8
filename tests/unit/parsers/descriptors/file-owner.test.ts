import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readFileOwner } from '../../../../src/parsers/descriptors/file-owner.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** A file whose owner is pid 42, as a process. */
function made(era: 'within' | 'allocated', type = 1) {
  const kernel = new SyntheticKernel();
  const within = era === 'within';
  kernel.types
    .struct('upid', { nr: 'i32', ns: 'ptr' })
    .struct('hlist_head', { first: 'ptr' })
    .struct('pid', { level: 'u32', tasks: 'hlist_head[4]', numbers: 'upid[1]' })
    .struct('fown_struct', {
      ...(within ? {} : { file: 'ptr' }),
      ...{ lock: 'u64', pid: 'ptr', pid_type: 'u32', uid: 'u32', euid: 'u32', signum: 'i32' },
    })
    .struct('file', { f_mode: 'u64', f_owner: within ? 'fown_struct' : 'ptr' });
  const pid = kernel.make('pid', {});
  kernel.poke((pid + (kernel.types.member('pid.numbers')?.offset ?? 0)) as Kva, 42, 4);
  const file = kernel.make('file', {});
  const place = kernel.types.member('file.f_owner')?.offset ?? 0;
  const owner = within ? ((file + place) as Kva) : kernel.make('fown_struct', {});
  kernel.set(owner, 'fown_struct.pid', pid);
  kernel.set(owner, 'fown_struct.pid_type', type);
  kernel.set(owner, 'fown_struct.signum', 29);
  if (!within) kernel.poke((file + place) as Kva, owner);
  return { kernel, file, owner };
}

test.each(['within', 'allocated'] as const)('whom a file tells, %s', (era) => {
  const { kernel, file, owner } = made(era);
  expect(readFileOwner(kernel.kernel(), file)).toEqual({ kind: 'process', pid: 42, signal: 29 });
  kernel.set(owner, 'fown_struct.pid_type', 2);
  expect(readFileOwner(kernel.kernel(), file)).toMatchObject({ kind: 'group' });
  kernel.set(owner, 'fown_struct.pid_type', 99);
  expect(() => readFileOwner(kernel.kernel(), file)).toThrow('an owner of no known kind');
  kernel.set(owner, 'fown_struct.pid', 0);
  expect(readFileOwner(kernel.kernel(), file)).toBeNull();
});

test('a file that has no owner', () => {
  const { kernel, file } = made('allocated');
  const place = kernel.types.member('file.f_owner')?.offset ?? 0;
  kernel.poke((file + place) as Kva, 0);
  expect(readFileOwner(kernel.kernel(), file)).toBeNull();
});
