import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readRobustList } from '../../../../src/parsers/threads/robust-list.js';
import { readRseq } from '../../../../src/parsers/threads/rseq.js';
import { vma } from '../mm/made-mm.js';
import { laid, MadeProcess, words } from './made-process.js';

const BASE = 0x7f00_0000_0000;
const HEAD = BASE + 0x100;

function process(
  task: Record<string, string>,
  page: Uint8Array,
  set: (made: MadeProcess, task: Kva) => void,
) {
  const made = new MadeProcess();
  made.types
    .struct('rseq_data', { usrptr: 'ptr', len: 'u32', sig: 'u32' })
    .struct('futex_sched_data', { robust_list: 'ptr', compat_robust_list: 'ptr' })
    .struct('task_struct', task);
  const at = made.make('task_struct');
  set(made, at);
  made.mapBytes(BASE, page);
  const memory = made.open([vma(BASE, 1)]);
  return { kernel: memory.kernel, at, memory };
}

describe.each([
  ['members of task_struct', { rseq: 'ptr', rseq_len: 'u32', rseq_sig: 'u32' }, 'rseq', 'rseq_sig'],
  ['struct rseq_data', { rseq: 'rseq_data' }, 'rseq.usrptr', 'rseq.sig'],
])('rseq in %s', (_name, members, pointer, signature) => {
  test('where it is registered, and what stands there', () => {
    const area = words(0x1_0000_0002n, 0x401000, 0x7);
    const { kernel, at, memory } = process(members, laid(4096, { 256: area }), (made, task) => {
      made.set(task, `task_struct.${pointer}`, HEAD);
      made.set(task, `task_struct.${signature}`, 0x5305_3053);
    });
    expect(readRseq(kernel, at, memory)).toMatchObject({
      ...{ address: '0x7f0000000100', signature: 0x5305_3053 },
      area: { cpuIdStart: 2, cpuId: 1, criticalSection: '0x401000', flags: 7 },
    });
    expect(readRseq(kernel, at, null)?.area).toBeNull();
  });
});

test('a thread that never registered has no rseq, nor has one of a kernel without', () => {
  const { kernel, at } = process({ rseq: 'ptr', rseq_sig: 'u32' }, new Uint8Array(8), () => {});
  expect(readRseq(kernel, at, null)).toBeNull();
  const bare = process({ pid: 'i32' }, new Uint8Array(8), () => {});
  expect(readRseq(bare.kernel, bare.at, null)).toBeNull();
});

describe.each([
  ['members of task_struct', { robust_list: 'ptr', compat_robust_list: 'ptr' }, ''],
  ['futex_sched_data', { futex: 'futex_sched_data' }, 'futex.'],
])('robust list in %s', (_name, members, prefix) => {
  function list(page: Uint8Array, which = 'robust_list') {
    const { kernel, at, memory } = process(members, page, (made, task) => {
      made.set(task, `task_struct.${prefix}${which}`, HEAD);
    });
    return { found: readRobustList(kernel, at, memory), kernel };
  }

  test('two locks held, one of them a PI futex; a third being taken', () => {
    const [first, second] = [BASE + 0x200, BASE + 0x300];
    const page = laid(4096, {
      256: words(first, -32, BASE + 0x400),
      512: words(second + 1),
      768: words(HEAD),
    });
    expect(list(page).found).toEqual({
      ...{ address: '0x7f0000000100', compat: false, futexOffset: -32 },
      ...{ entries: ['0x7f00000001e0', '0x7f00000002e0'], pending: '0x7f00000003e0' },
    });
  });

  test('an empty one leads back to its head', () => {
    expect(list(laid(4096, { 256: words(HEAD, -32, 0) })).found).toMatchObject({
      entries: [],
      pending: null,
    });
  });

  test('a ring without its head ends where the kernel itself would give up', () => {
    const page = laid(4096, { 256: words(BASE + 0x200, 0, 0), 512: words(BASE + 0x200) });
    expect(list(page).found?.entries).toHaveLength(2048);
  });

  test('a wild entry is a fault', () => {
    const { found, kernel } = list(laid(4096, { 256: words(0xdead_0000_0000, 0, 0) }));
    expect(found?.entries).toEqual(['0xdead00000000']);
    expect(kernel.faults.records).toMatchObject([
      { kind: 'bad-pointer', space: 'user', address: '0xdead00000000' },
    ]);
  });

  test('of a 32-bit thread: words of four bytes', () => {
    const head = new Uint8Array(Uint32Array.of(0x8000, 0xffff_ffe0, 0).buffer);
    const { found } = list(laid(4096, { 256: head }), 'compat_robust_list');
    expect(found).toMatchObject({ compat: true, futexOffset: -32, entries: ['0x7fe0'] });
  });
});
