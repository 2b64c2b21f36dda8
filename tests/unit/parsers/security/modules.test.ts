import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { securityModules } from '../../../../src/parsers/security/modules.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { MadeSecurity } from './made-security.js';

/** lsm_idlist and lsm_active_cnt, as since 6.8. */
function withTable(names: readonly string[], count = names.length): SyntheticKernel {
  const made = new MadeSecurity('capability,not,asked');
  made.types.struct('lsm_id', { name: 'ptr', id: 'u64' });
  const table = made.alloc(8 * names.length);
  for (const [index, name] of names.entries())
    made.poke((table + 8 * index) as Kva, made.make('lsm_id', { name: made.string(name) }));
  made.symbol('lsm_idlist', table);
  const active = made.alloc(4);
  made.poke(active, count, 4);
  made.symbol('lsm_active_cnt', active);
  return made;
}

test('the string of before 6.8', () => {
  expect(securityModules(new MadeSecurity('lockdown,capability,yama').kernel())).toEqual([
    ...['lockdown', 'capability', 'yama'],
  ]);
});

test('the table of ids, where there is one', () => {
  expect(securityModules(withTable(['capability', 'landlock', 'bpf']).kernel())).toEqual([
    ...['capability', 'landlock', 'bpf'],
  ]);
});

test('a kernel that can have none', () => {
  const made = new SyntheticKernel();
  made.types.struct('cred', { uid: 'u32' });
  expect(securityModules(made.kernel())).toEqual(['capability']);
});

test.each([
  ['a table of more than there can be', withTable(['capability'], 65), /65 security modules/],
  ['a list without the first of all', new MadeSecurity('novel'), /no list of security modules/],
  ['neither, and no types', new SyntheticKernel(), /none of the known layouts/],
])('%s: a fault', (_, made, message) => {
  expect(() => securityModules(made.kernel())).toThrow(message);
});
