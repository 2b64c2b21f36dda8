import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { type MmMarks, sharedMemoryName, vmaName } from '../../../../src/parsers/mm/vma-name.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const MARKS: MmMarks = { startBrk: 0x10_000, brk: 0x20_000, startStack: 0x7ff0_1234 };

interface Options {
  /** Of the time when only what overlaps the heap is called so. */
  readonly strictHeap?: boolean;
  readonly anonNames?: 'none' | 'private' | 'shared';
}

function kernel({ strictHeap = true, anonNames = 'none' }: Options = {}) {
  const made = new SyntheticKernel();
  const name =
    anonNames === 'private'
      ? { shared: 'ptr', anon_name: '@24 ptr' }
      : { shared: '@24 ptr', anon_name: 'ptr' };
  made.types
    .struct('vm_area_struct', {
      vm_mm: 'ptr',
      vm_ops: 'ptr',
      vm_private_data: 'ptr',
      ...(anonNames === 'private'
        ? { shared: '@24 ptr', anon_name: '@24 ptr' }
        : anonNames === 'shared'
          ? name
          : {}),
    })
    .struct('anon_vma_name', { kref: 'u32', name: 'char[80]' })
    .struct('vm_operations_struct', { open: 'ptr', name: 'ptr' })
    .struct('vm_special_mapping', { name: 'ptr', pages: 'ptr' })
    .struct('inode', strictHeap ? { i_mode: 'u16', i_atime_sec: 'i64' } : { i_mode: 'u16', i_atime: 'i64' });
  if (anonNames !== 'none') made.symbol('anon_vma_name_alloc', made.alloc(8));
  made.symbol('special_mapping_name', made.alloc(8));
  made.symbol('gate_vma_name', made.alloc(8));
  return made;
}

const plain = (made: SyntheticKernel, values = {}) => made.make('vm_area_struct', { vm_mm: 8, ...values });
const nameAt = (made: SyntheticKernel, start: number, end: number) =>
  vmaName(made.kernel(), plain(made), start, end, MARKS);

describe.each([true, false])('[heap], by the strict test: %s', (strictHeap) => {
  test.each([
    ['holds it', 0x10_000, 0x20_000, '[heap]', '[heap]'],
    ['holds its middle', 0x14_000, 0x15_000, '[heap]', '[heap]'],
    ['ends where it begins', 0x8_000, 0x10_000, '', '[heap]'],
    ['begins where it ends', 0x20_000, 0x21_000, '', '[heap]'],
    ['is elsewhere', 0x30_000, 0x31_000, '', ''],
  ])('for a VMA that %s', (_where, start, end, strict, loose) => {
    expect(nameAt(kernel({ strictHeap }), start, end)).toBe(strictHeap ? strict : loose);
  });
});

test('[stack] holds the start of the stack', () => {
  expect(nameAt(kernel(), 0x7ff0_0000, 0x7ff0_2000)).toBe('[stack]');
  expect(nameAt(kernel(), 0x7ff0_0000, 0x7ff0_1000)).toBe('');
});

describe('vm_ops->name', () => {
  function special(call: string, values: Record<string, Kva> = {}) {
    const made = kernel();
    const operations = made.make('vm_operations_struct', { name: made.kernel().symbol(call) });
    const text = made.alloc(16);
    made.text(text, '[vvar_vclock]');
    const mapping = made.make('vm_special_mapping', { name: text });
    const vma = plain(made, { vm_ops: operations, vm_private_data: mapping, ...values });
    return vmaName(made.kernel(), vma, 0x10_000, 0x11_000, MARKS);
  }

  test('of a special mapping goes before all else', () => {
    expect(special('special_mapping_name')).toBe('[vvar_vclock]');
  });

  test('of the vsyscall page', () => {
    expect(special('gate_vma_name')).toBe('[vsyscall]');
  });
});

describe('names of anonymous memory', () => {
  function named(anonNames: 'none' | 'private' | 'shared', file: boolean) {
    const made = kernel({ anonNames });
    const anon_name = made.make('anon_vma_name', { name: 'my buffer' });
    const vma = plain(made, anonNames === 'none' ? {} : { anon_name });
    const dead = made.kernel();
    return file ? sharedMemoryName(dead, vma) : vmaName(dead, vma, 0x50_000, 0x51_000, MARKS);
  }

  test('are shown since 5.17 where the kernel keeps them', () => {
    expect([named('none', false), named('private', false), named('shared', false)]).toEqual([
      '',
      '[anon:my buffer]',
      '[anon:my buffer]',
    ]);
  });

  test('of shared memory since 6.2; before, what stands there is no name', () => {
    expect([named('none', true), named('private', true), named('shared', true)]).toEqual([
      null,
      null,
      '[anon_shmem:my buffer]',
    ]);
  });
});
