// Swap areas against /proc/swaps and /proc/meminfo.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import type { UserMemory } from '../../src/parsers/mm/user-memory.js';
import { attachSwap, swapAreasOf } from '../../src/parsers/parts/swap.js';
import type { Vma } from '../../src/snapshot/mm.js';
import type { Task } from '../../src/snapshot/task.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const meminfo = (field: string): number => {
    expect(isStable(fixture.truth, 'system /proc/meminfo', field)).toBe(true);
    const text = textOf(fixture.truth.system['/proc/meminfo']) ?? '';
    return Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1]) / 4;
  };
  const total = (field: 'pages' | 'used' | 'cached') =>
    swapAreasOf(fixture.dump).reduce((sum, area) => sum + area[field], 0);

  test('swap is /proc/swaps', async () => {
    const theirs = textOf(fixture.truth.system['/proc/swaps']);
    expect(isStable(fixture.truth, 'system /proc/swaps')).toBe(true);
    expect((await runCli(fixture.dump, ['swap'])).stdout).toBe(theirs);
  });

  test('sizes and the swap cache are those of /proc/meminfo', () => {
    expect(total('pages')).toBe(meminfo('SwapTotal'));
    expect(total('pages') - total('used')).toBe(meminfo('SwapFree'));
    expect(total('cached')).toBe(meminfo('SwapCached'));
    expect(total('cached')).toBeGreaterThan(0);
  });

  test('extents cover every slot', () => {
    for (const { slots, extents } of swapAreasOf(fixture.dump))
      expect(extents.reduce((sum, extent) => sum + extent.pages, 0)).toBe(slots);
    expect(swapAreasOf(fixture.dump).length).toBeGreaterThan(0);
  });

  /** Captures keep the swap device; fixtures do not. */
  const swapImage = () => join(dirname(fixture.dumpPath), 'swap.raw');

  test('memory that zoo-swapped filled, read from the swap device', ({ skip }) => {
    if (!existsSync(swapImage())) return skip('not in this capture');
    const { dump } = openFixture(name);
    const task = dump.tasks.find(({ comm }) => comm === 'zoo-swapped');
    expect(task).toBeDefined();
    const memory = dump.userMemory(task as Task);
    const vmas = dump.vmas(task as Task).filter(({ perms }) => perms.startsWith('rw'));
    const lost = () => vmas.flatMap(({ start, end }) => memory.peek(start, end - start).missing).length;
    expect(lost()).toBeGreaterThan(0);
    attachSwap(dump, swapImage());
    expect(lost()).toBe(0);
    const own = regionOf(memory, vmas, 0x170n);
    expect(patternErrors(memory, own, 64, 0x170n)).toEqual([4]);
    expect(patternErrors(memory, own + 4 * PAGE, 1, 0x172n)).toEqual([]);
    expect(patternErrors(memory, regionOf(memory, vmas, 0x171n), 16, 0x171n)).toEqual([]);
    dump.close();
  });
});

const PAGE = 4096;

/** Where fill() of src/lab/guest/zoo/keeper.c began with this tag. */
function regionOf(memory: UserMemory, vmas: readonly Vma[], tag: bigint): number {
  for (const { start, end } of vmas)
    for (let at = start; at < end; at += PAGE)
      if (Buffer.from(memory.peek(at, 8).bytes).readBigUInt64LE() === tag << 48n) return at;
  throw new Error(`no memory filled with tag ${tag}`);
}

/** Pages that are not as fill() leaves them. */
function patternErrors(memory: UserMemory, start: number, pages: number, tag: bigint): number[] {
  const found: number[] = [];
  for (let page = 0; page < pages; page++) {
    const bytes = Buffer.from(memory.read(start + page * PAGE, PAGE));
    let isGood = true;
    for (let at = 0; at < PAGE; at += 8) {
      const word = BigInt((page * PAGE + at) / 8);
      isGood &&= bytes.readBigUInt64LE(at) === ((tag << 48n) ^ (BigInt(page) << 24n) ^ (word * 0x9e3779b1n));
    }
    if (!isGood) found.push(page);
  }
  return found;
}
