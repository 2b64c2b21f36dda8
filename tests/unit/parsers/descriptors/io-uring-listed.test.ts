import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import {
  readCompletions,
  readSubmissions,
  SETUP,
} from '../../../../src/parsers/descriptors/io-uring-entries.js';
import {
  checkedSubmissions,
  completionsInPlaces,
} from '../../../../src/parsers/descriptors/io-uring-listed.js';
import { MadeDescriptors } from './made-descriptors.js';

const [SHORT_OPERATION, LONG_OPERATION, NO_OPERATION] = [0, 1, 2];

function made() {
  const kernel = new MadeDescriptors();
  kernel.types
    .struct('io_ring_ctx', { rings: 'ptr', sq_array: 'ptr', sq_sqes: 'ptr', cq_overflow_list: 'list_head' })
    .struct('io_rings', { head: 'u32', cqes: '@64 u64' })
    .struct('io_issue_def', { needs_file: 'u8:1', is_128: 'u8:1' })
    .struct('io_cold_def', { name: 'ptr' })
    .enum({ IORING_OP_LAST: NO_OPERATION });
  const issue = kernel.alloc(NO_OPERATION * 8);
  kernel.set((issue + (kernel.types.sizeOf('io_issue_def') ?? 0)) as Kva, 'io_issue_def.is_128', 1);
  kernel.symbol('io_issue_defs', issue);
  kernel.symbol('io_cold_defs', kernel.alloc(NO_OPERATION * 8));
  const [rings, entries] = [kernel.alloc(64 + 16 * 16), kernel.alloc(8 * 128)];
  const context = kernel.make('io_ring_ctx', { rings, sq_sqes: entries });
  const submit = (place: number, opcode: number, userData: number) => {
    kernel.poke((entries + place * 64) as Kva, opcode, 1);
    kernel.poke((entries + place * 64 + 32) as Kva, userData);
  };
  const complete = (place: number, word: number) => kernel.poke((rings + 64 + place * 8) as Kva, word);
  return { kernel, context, rings, submit, complete };
}

const MIXED = SETUP.sqeMixed | SETUP.noArray;
const at = (flags: number, head: number, tail: number) => ({ flags, entries: 8, head, tail });
const userData = (each: { userData: unknown } | string) => (typeof each === 'string' ? each : each.userData);

test('a long submission among short ones: the ring goes on behind it, the list one further and past the end', () => {
  const { kernel, context, submit } = made();
  submit(0, LONG_OPERATION, 10);
  submit(2, SHORT_OPERATION, 11);
  submit(3, SHORT_OPERATION, 12);
  submit(4, SHORT_OPERATION, 13);
  const positions = at(MIXED, 0, 4);
  const opened = kernel.kernel();
  expect(readSubmissions(opened, context, positions).map(userData)).toEqual([10, 11, 12]);
  expect([...checkedSubmissions(opened, context, positions)].map(userData)).toEqual([10, 12, 13]);
});

test('a long submission at the end of the ring, and one where none may be', () => {
  const { kernel, context, submit } = made();
  submit(6, SHORT_OPERATION, 10);
  submit(7, LONG_OPERATION, 11);
  const opened = kernel.kernel();
  expect([...checkedSubmissions(opened, context, at(MIXED, 6, 8))].map(userData)).toEqual([
    10,
    '    7: corrupted sqe, wrapping 128B entry',
  ]);
  expect([...checkedSubmissions(opened, context, at(SETUP.noArray, 6, 8))].map(userData)).toEqual([
    10,
    '    7: invalid sqe, 128B entry on non-mixed sq',
  ]);
});

test('what is no operation is not listed', () => {
  const { kernel, context, submit } = made();
  submit(0, NO_OPERATION, 10);
  submit(1, SHORT_OPERATION, 11);
  const positions = at(SETUP.noArray, 0, 2);
  expect([...checkedSubmissions(kernel.kernel(), context, positions)].map(userData)).toEqual([11]);
});

test('long completions, and the halves of them that are listed', () => {
  const { kernel, context, rings, complete } = made();
  for (let word = 0; word < 32; word++) complete(word, 100 + word);
  const positions = at(SETUP.cqe32, 1, 4);
  const opened = kernel.kernel();
  const words = (each: { userData: unknown; more: readonly unknown[] }) => [each.userData, ...each.more];
  expect(readCompletions(opened, rings, positions).map(words)).toEqual([
    [104, 106, 107],
    [108, 110, 111],
    [112, 114, 115],
  ]);
  expect([...completionsInPlaces(opened, context, positions)].map(words)).toEqual([
    [102, 104, 105],
    [106, 108, 109],
  ]);
});
