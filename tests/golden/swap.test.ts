// Swap areas against /proc/swaps, /proc/meminfo and /sys/block/zramN; swapped pages against what the guest put there.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DumpMemory } from '../../src/cli/plan/dump-memory.js';
import { pagesOf } from '../../src/lab/pages.js';
import { isStable, type Truth, textOf } from '../../src/lab/truth.js';
import { lazySnapshot } from '../../src/parsers/build-snapshot.js';
import type { UserMemory } from '../../src/parsers/mm/user-memory.js';
import { attachSwap, swapAreasOf } from '../../src/parsers/parts/swap.js';
import { PAGE_SOURCE, type StoredPage } from '../../src/resurrect/abi/records/memory.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
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

  const sysfs = (name: string) => textOf(fixture.truth.system[`/sys/block/${name}`]) ?? '';
  const zramAreas = () => swapAreasOf(fixture.dump).flatMap(({ zram }) => zram ?? []);

  test('zram disks are as /sys/block/zramN says', async ({ skip }) => {
    const areas = theirZram(fixture.truth);
    if (areas.length === 0) return skip('not in this capture');
    expect(zramAreas().map(({ name }) => name)).toEqual([...new Set(areas.map(({ disk }) => disk))]);
    const { stdout } = await runCli(fixture.dump, ['swap', '--verbose']);
    for (const disk of zramAreas()) {
      const path = `${disk.name}/mm_stat`;
      expect(isStable(fixture.truth, `system /sys/block/${path}`), path).toBe(true);
      // The fifth is the most that it ever took, the seventh what compaction freed.
      const [original, compressed, memory, limit, , same, , huge] = sysfs(path)
        .trim()
        .split(/ +/)
        .map(Number);
      expect(disk.stored * PAGE).toBe(original);
      expect(disk.compressedBytes).toBe(compressed);
      expect(disk.memoryPages * PAGE).toBe(memory);
      expect(disk.limitPages * PAGE).toBe(limit);
      expect([disk.same, disk.incompressible]).toEqual([same, huge]);
      expect(stdout).toContain(`${disk.name}, ${disk.algorithms[0]}: ${(original ?? 0) / PAGE} pages (`);
      expect(sysfs(`${disk.name}/comp_algorithm`)).toContain(`[${disk.algorithms[0]}]`);
    }
  });

  test('pages that zoo-zram had swapped to zram are as it wrote them', ({ skip }) => {
    const theirs = theirZram(fixture.truth);
    if (theirs.length === 0) return skip('not in this capture');
    const task = fixture.dump.tasks.find(({ comm }) => comm === 'zoo-zram') as Task;
    const areas = new Map(swapAreasOf(fixture.dump).map(({ type, zram }) => [type, zram?.name]));
    const places = new Map([...pagesOf(fixture.truth, task.pid)].map((page) => [page.address, page.swap]));
    const memory = fixture.dump.userMemory(task);
    const read = new Map<string, number>();
    for (const { disk, address, md5 } of theirs) {
      // A CPU's left-over slots of another area may have taken it, which only --swap reads.
      const place = places.get(BigInt(address));
      if (place === undefined || areas.get(place.type) !== disk) continue;
      const page = memory.read(address, PAGE);
      expect(createHash('md5').update(page).digest('hex'), `${disk} 0x${address.toString(16)}`).toBe(md5);
      read.set(disk, (read.get(disk) ?? 0) + 1);
    }
    expect([...read.keys()]).toEqual(zramAreas().map(({ name }) => name));
    for (const [disk, count] of read) expect(count, disk).toBeGreaterThanOrEqual(20);
  });

  test('a plan carries them as it wrote them', ({ skip }) => {
    const theirs = theirZram(fixture.truth);
    if (theirs.length === 0) return skip('not in this capture');
    const { dump } = fixture;
    const swap = new DumpMemory(dump);
    const { plan } = buildPlan(lazySnapshot(dump, { of: 'plan' }), { selectors: ['zoo-zram'], swap });
    const process = plan.process.find((each) => each.name === 'zoo-zram');
    const vmas = plan.mm[process?.mm ?? Number.NaN]?.vmas ?? [];
    const md5s = new Map(theirs.map(({ address, md5 }) => [address, md5]));
    let compared = 0;
    for (const { address, pages, pfn, source } of vmas.flatMap((vma) => vma.pages)) {
      if (source !== PAGE_SOURCE.plan) continue;
      for (let n = 0; n < pages; n++) {
        const md5 = md5s.get(address + n * PAGE);
        const { contents } = plan.storedPage[pfn + n] as StoredPage;
        if (md5 === undefined) continue;
        expect(createHash('md5').update(contents).digest('hex')).toBe(md5);
        compared++;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(20 * zramAreas().length);
    expect(plan.refusal.map(({ resource }) => resource)).not.toContain('zram_swap');
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

interface SwappedPage {
  readonly disk: string;
  readonly address: number;
  readonly md5: string;
}

/** What zoo-zram noted of each page before it was swapped. */
function theirZram(truth: Truth): SwappedPage[] {
  const lines = (textOf(truth.system['/run/otherworld/zram']) ?? '').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [disk = '', address = '', md5 = ''] = line.split(' ');
    return { disk, address: Number.parseInt(address, 16), md5 };
  });
}

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
