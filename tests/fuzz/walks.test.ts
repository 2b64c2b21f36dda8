// Walks through rubble: pages full of pointers into themselves. Each walk ends, throws nothing, and keeps its bound.

import { describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { forEachHlistEntry } from '../../src/parsers/walks/hlist.js';
import { forEachListEntry } from '../../src/parsers/walks/list.js';
import { forEachMapleEntry } from '../../src/parsers/walks/maple-tree.js';
import { forEachRbEntry } from '../../src/parsers/walks/rbtree.js';
import { forEachXArrayEntry } from '../../src/parsers/walks/xarray.js';
import { SyntheticKernel } from '../unit/helpers/synthetic-memory.js';

const WORDS = 2048;
const LIMIT = 500;

function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function rubble(seed: number): { made: SyntheticKernel; start: Kva } {
  const next = random(seed);
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
    .struct('xarray', { xa_lock: 'u32', xa_flags: 'u32', xa_head: 'ptr' })
    .struct('xa_node', { shift: 'u8', offset: 'u8', parent: '@8 ptr', slots: '@40 ptr[64]' }, 576)
    .struct('maple_tree', { ma_flags: 'u32', ma_root: '@8 ptr' })
    .struct('maple_node', { parent: 'ptr', slot: 'ptr[31]' }, 256)
    .struct('maple_range_64', { parent: 'ptr', pivot: 'u64[15]', slot: 'ptr[16]' }, 256)
    .struct('maple_arange_64', { parent: 'ptr', pivot: 'u64[9]', slot: 'ptr[10]', gap: 'u64[10]' }, 256)
    .enum({ maple_dense: 0, maple_leaf_64: 1, maple_range_64: 2, maple_arange_64: 3 });
  const start = made.alloc(WORDS * 8, 4096);
  const tags = [0, 0, 0, 2, 6, 0x0e, 0x16, 0x1e, 1];
  for (let word = 0; word < WORDS; word++) {
    const step = next(2) === 0 ? 256 : 16;
    const target = start + Math.floor(next(WORDS * 8) / step) * step + (tags[next(tags.length)] as number);
    const values = [target, target, target, next(4096), 0, 0xdead_0000_0000_0100n];
    made.poke((start + word * 8) as Kva, values[next(values.length)] as number | bigint);
  }
  if (next(3) === 0) made.hole((start + 4096) as Kva);
  return { made, start };
}

describe('walks through rubble', () => {
  test('end, and keep their bound', () => {
    let entries = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const { made, start } = rubble(seed);
      const kernel = made.kernel();
      let count = 0;
      const visit = () => ++count;
      for (const offset of [0, 256, 512, 4096 - 16]) {
        const head = (start + offset) as Kva;
        forEachListEntry(kernel, head, 0, visit, LIMIT);
        forEachHlistEntry(kernel, head, 0, visit, LIMIT);
        forEachRbEntry(kernel, head, 0, visit, LIMIT);
        forEachXArrayEntry(kernel, head, visit, { values: visit, limit: LIMIT });
        forEachMapleEntry(kernel, head, visit, LIMIT);
      }
      expect(count).toBeLessThan(4 * LIMIT * 100);
      entries += count;
    }
    expect(entries).toBeGreaterThan(1000);
  });
});
