import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readMm } from '../../../../src/parsers/mm/mm.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const PLACES = [
  ...['start_code', 'end_code', 'start_data', 'end_data', 'start_brk', 'brk', 'start_stack'],
  ...['arg_start', 'arg_end', 'env_start', 'env_end', 'mmap_base', 'task_size'],
];
const SIZES = [
  ...['total_vm', 'locked_vm', 'pinned_vm', 'data_vm', 'exec_vm', 'stack_vm', 'pgtables_bytes'],
  ...['def_flags', 'flags'],
];

function made() {
  const kernel = new SyntheticKernel();
  const words = Object.fromEntries([...PLACES, ...SIZES].map((name) => [name, 'u64']));
  kernel.types
    .struct('mm_rss_stat', { count: 'i64[4]' })
    .struct('mm_context', { id: 'u64', vdso: 'ptr', vdso_image: 'ptr' })
    .struct('mm_struct', {
      pgd: 'ptr',
      mm_users: 'i32',
      map_count: 'i32',
      ...words,
      rss_stat: 'mm_rss_stat',
      context: 'mm_context',
    });
  const pgd = kernel.alloc(4096, 4096);
  const mm = kernel.make('mm_struct', {
    pgd,
    mm_users: 2,
    brk: 0x5555_0000,
    task_size: 0xff_ffff_ffff_f000n,
    flags: 0xcd,
    'context.vdso': 0x7fff_1000_0000,
  });
  return { kernel, pgd, mm };
}

test('an mm; its limit with five levels is beyond 2^53, and exact', () => {
  const { kernel, pgd, mm } = made();
  const dead = kernel.kernel();
  expect(readMm(dead, dead.mem.hex(mm))).toMatchObject({
    pgd: kernel.phys(pgd),
    users: 2,
    brk: 0x5555_0000,
    taskSize: 2 ** 56 - 4096,
    flags: '0xcd',
    vdso: 0x7fff_1000_0000,
    vdsoBuild: null,
  });
  expect(readMm(dead, dead.mem.hex(mm))).toBe(readMm(dead, dead.mem.hex(mm)));
});

test.each([
  ['wild', 0x4141_4141_4141n],
  ['not canonical', 0x0041_4141_4141_4141n],
  ['to a hole', 0xffff_8880_0f00_0000n],
])('a pointer that is %s is one fault, told once', (_how, address) => {
  const dead = made().kernel.kernel();
  expect(readMm(dead, `0x${address.toString(16)}`)).toBeNull();
  expect(readMm(dead, `0x${address.toString(16)}`)).toBeNull();
  expect(dead.faults.count).toBe(1);
});

test('one without page tables is none', () => {
  const { kernel, mm } = made();
  kernel.set(mm, 'mm_struct.pgd', 0 as Kva);
  const dead = kernel.kernel();
  expect(readMm(dead, dead.mem.hex(mm))).toBeNull();
  expect(dead.faults.records.map((fault) => fault.kind)).toEqual(['bad-pointer']);
});
