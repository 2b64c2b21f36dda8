// Numbers that do not fit, in records and their children.

import { expect, test } from 'vitest';
import { fitted } from '../../../../src/resurrect/plan/fit.js';

const SIGNAL = { signal: 5, handler: 0n, flags: 0n, restorer: 0n, mask: 0n };

function fitRow(kind: string, row: object) {
  const cut: string[] = [];
  return { row: fitted(kind, row, (field) => cut.push(field)), cut };
}

test('what fits is left as it is: the same object', () => {
  const row = { actions: [SIGNAL] };
  expect(fitRow('sighand', row).row).toBe(row);
});

test('children are cut to their low bits, and told of', () => {
  const { row, cut } = fitRow('sighand', {
    actions: [SIGNAL, { ...SIGNAL, signal: -1, mask: -1n, flags: 1n << 70n }],
  });
  expect(cut).toEqual(['signal', 'flags', 'mask']);
  expect(row).toEqual({
    actions: [SIGNAL, { ...SIGNAL, signal: 0xffff_ffff, mask: 0xffff_ffff_ffff_ffffn, flags: 0n }],
  });
});

test('signed words, sizes, and what is no number at all', () => {
  const timer = { which: 1, remaining: -(1n << 64n) - 3n, interval: 0n };
  expect(fitRow('interval_timer', timer).row).toMatchObject({ remaining: -3n });
  expect(fitRow('ram_range', { start: -4096, end: Number.NaN }).row).toEqual({ start: 0, end: 0 });
  expect(fitRow('namespace_ids', { namespace: null, pid: 2 ** 31, pgid: 0, sid: -5 }).row).toMatchObject({
    ...{ pid: -(2 ** 31), sid: -5 },
  });
});
