// Slab caches, vmstat and partitions against /proc/{slabinfo,vmstat,partitions}.
//
// What did not move between the guest's two recordings is equal; but for a few that moved between the second and the
// panic, when the recorder writes its record: those, and what moved before, are near. Near is meant to hold for any guest.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { machineOf } from '../../src/parsers/parts/machine.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

/** Pages, KiB or events between the recording and the panic; measured: up to 9000 (KiB written). */
const NEAR = 1 << 18;
/** Objects of a cache that come and go; measured: up to 280. */
const NEAR_OBJECTS = 1 << 13;
/** Of all lines: measured 92 % of vmstat and 98 % of slabinfo in all four kernels. */
const EQUAL_COUNTERS = 0.85;
const EQUAL_CACHES = 0.85;
/** Of what was at rest: measured, all; but a server's idle thread may end meanwhile, which some ten counters tell. */
const EQUAL_AT_REST = 0.9;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const proc = (file: string) => textOf(fixture.truth.system[file]) ?? '';
  const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
  const atRest = (file: string, part: string) => isStable(fixture.truth, `system ${file}`, part);
  /** Of those pairs that are chosen, how many are the same; 1 for none. */
  function equal<T>(pairs: readonly T[], same: (pair: T) => boolean): number {
    return pairs.length === 0 ? 1 : pairs.filter(same).length / pairs.length;
  }

  test('/proc/vmstat', async () => {
    const compare = new Comparison();
    const counters = new Map(machineOf(fixture.dump).vmstat.map((counter) => [counter.name, counter]));
    const theirs = linesOf(proc('/proc/vmstat')).map((line) => line.split(' ') as [string, string]);
    const ours = linesOf((await runCli(fixture.dump, ['vmstat'])).stdout).map((line) => line.split(' '));
    compare.same(
      'names',
      ours.map(([counter]) => counter),
      theirs.map(([counter]) => counter),
    );
    const pairs = theirs.map(([counter, told], i) => ({ counter, told, read: ours[i]?.[1] }));
    for (const { counter, told, read } of pairs) {
      const grown = Number(read) - Number(told);
      const isEvent = counters.get(counter)?.kind === 'event';
      compare.same(`${counter} near ${told}`, Math.abs(grown) < NEAR ? told : read, told);
      // Events are only counted upwards.
      compare.same(`${counter} is not less`, isEvent && grown < 0 ? read : told, told);
    }
    compare.finish(300);
    const same = ({ told, read }: (typeof pairs)[number]) => told === read;
    expect(equal(pairs, same)).toBeGreaterThan(EQUAL_COUNTERS);
    const quiet = pairs.filter(({ counter }) => atRest('/proc/vmstat', counter));
    expect(equal(quiet, same)).toBeGreaterThan(EQUAL_AT_REST);
    expect(pairs.filter((pair) => same(pair) && pair.told !== '0').length).toBeGreaterThan(30);
  });

  test('what is pending is less than the threshold that has CPUs add it', async () => {
    const { vmstat } = machineOf(fixture.dump);
    const cpus = fixture.dump.kernel.cpus.possible().length;
    // 125 for each CPU and each zone or node at most; NUMA events of 5.10 are added up at 65533.
    for (const { kind, pending } of vmstat) {
      expect(Math.abs(pending)).toBeLessThanOrEqual(cpus * 16 * (kind === 'numa' ? 65533 : 125));
      if (kind === 'event' || kind === 'limit') expect(pending).toBe(0);
    }
    const { stdout } = await runCli(fixture.dump, ['vmstat', '--pending']);
    expect(linesOf(stdout)).toHaveLength(vmstat.filter(({ pending }) => pending !== 0).length || 1);
  });

  test('/proc/slabinfo', async () => {
    const compare = new Comparison();
    const [head, columns, ...theirs] = linesOf(proc('/proc/slabinfo'));
    const [ourHead, ourColumns, ...ours] = linesOf((await runCli(fixture.dump, ['slab'])).stdout);
    compare.same('header', [ourHead, ourColumns], [head, columns]);
    compare.same('caches', ours.length, theirs.length);
    const pairs = theirs.map((told, i) => ({ told, read: ours[i] ?? '' }));
    for (const { told, read } of pairs) {
      const [a, b] = [read.split(/\s+/), told.split(/\s+/)];
      // Name, sizes, and all that is no count of objects or slabs.
      const fixed = (words: readonly string[]) => words.filter((_, n) => ![1, 2, 13, 14].includes(n));
      compare.same(`${b[0]} shape`, fixed(a), fixed(b));
      for (const n of [1, 2]) {
        const [count, said] = [Number(a[n]), Number(b[n])];
        compare.same(`${b[0]} near ${said}`, Math.abs(count - said) < NEAR_OBJECTS ? said : count, said);
      }
    }
    compare.finish(350);
    const same = ({ told, read }: (typeof pairs)[number]) => told === read;
    expect(equal(pairs, same)).toBeGreaterThan(EQUAL_CACHES);
    const quiet = pairs.filter(({ told }) => atRest('/proc/slabinfo', told.split(' ')[0] as string));
    expect(equal(quiet, same)).toBeGreaterThan(EQUAL_AT_REST);
  });

  test('slab caches are the slab memory of vmstat', () => {
    const { slabs, vmstat } = machineOf(fixture.dump);
    const counted = vmstat.filter(({ name: counter }) => /^nr_slab_(un)?reclaimable$/.test(counter));
    const pages = counted.reduce((sum, { value, pending }) => sum + Number(value) + pending, 0);
    const ours = slabs.reduce((sum, { slabs: count, pagesPerSlab }) => sum + count * pagesPerSlab, 0);
    // Slabs of a lower order than usual, where memory was short, and kmalloc's large pages, are not alike in both.
    expect(ours / pages).toBeGreaterThan(0.8);
    expect(ours / pages).toBeLessThan(1.05);
    for (const { active, objects, slabs: count, partialSlabs } of slabs) {
      expect(active).toBeGreaterThanOrEqual(0);
      expect(active).toBeLessThanOrEqual(objects);
      expect(partialSlabs).toBeLessThanOrEqual(count);
    }
  });

  test('/proc/partitions, byte for byte', async () => {
    expect((await runCli(fixture.dump, ['dev', '--partitions'])).stdout).toBe(proc('/proc/partitions'));
    expect(machineOf(fixture.dump).devices.partitions.length).toBeGreaterThan(2);
  });
});
