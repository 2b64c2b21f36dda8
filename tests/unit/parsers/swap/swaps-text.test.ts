import { expect, test } from 'vitest';
import { swapsLines } from '../../../../src/parsers/swap/swaps-text.js';
import type { SwapArea } from '../../../../src/snapshot/swap.js';

const AREA: SwapArea = {
  address: '0xffff888000100000',
  type: 0,
  path: '/dev/sda4',
  kind: 'partition',
  device: 0,
  pages: 2097151,
  used: 0,
  slots: 2097152,
  priority: -2,
  flags: [],
  cached: 0,
  extents: [],
  zram: null,
};

test('columns as seq_printf sets them', () => {
  const file: SwapArea = {
    ...AREA,
    path: '/a path with spaces that is longer than forty columns',
    kind: 'file',
    pages: 2500000,
    used: 2499999,
    priority: 5,
  };
  expect([...swapsLines([AREA, file])]).toEqual([
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority',
    '/dev/sda4                               partition\t8388604\t\t0\t\t-2',
    '/a\\040path\\040with\\040spaces\\040that\\040is\\040longer\\040than\\040forty\\040columns file\t\t10000000\t9999996\t\t5',
  ]);
});
