// Address spaces against /proc/PID/{maps,smaps,status,pagemap} and the digests that the guest took of its own pages.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { framesOf, pagesOf, type TruthPage } from '../../src/lab/pages.js';
import { isStable, textOf } from '../../src/lab/truth.js';
import { mapsLine } from '../../src/parsers/mm/maps-text.js';
import { PAGE, type PageRun, type Vma } from '../../src/snapshot/mm.js';
import type { Task } from '../../src/snapshot/task.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { isActive, ranSince } from './moved.js';
import { fieldsOf } from './proc-text.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** User processes the guest told of, but the recorder. */
  function processes(): { task: Task; pid: string; files: (name: string) => string | undefined }[] {
    return fixture.dump.tasks
      .filter((task) => task.leader && task.mm !== null && task.pid !== fixture.truth.recorder.pid)
      .map((task) => {
        const truth = fixture.truth.processes[task.pid];
        return { task, pid: String(task.pid), files: (file) => textOf(truth?.files[file]) };
      });
  }

  test('maps, byte for byte', () => {
    const compare = new Comparison();
    for (const { task, pid, files } of processes()) {
      const theirs = files('maps');
      if (theirs === undefined || !isStable(fixture.truth, `processes ${pid} files maps`)) continue;
      const ours = fixture.dump.vmas(task).map(mapsLine);
      const lines = theirs.replace(/\n$/, '').split('\n');
      compare.same(`${pid} number of lines`, ours.length, lines.length);
      for (const [i, line] of lines.entries()) compare.same(`${pid} line ${i + 1}`, ours[i], line);
    }
    compare.finish(500);
  });

  test('VmFlags of smaps', () => {
    const compare = new Comparison();
    for (const { task, pid, files } of processes()) {
      const text = files('smaps');
      if (text === undefined || !isStable(fixture.truth, `processes ${pid} files smaps`, 'VmFlags')) continue;
      const theirs = [...text.matchAll(/^VmFlags: (.*)$/gm)].map((match) => (match[1] as string).trim());
      const ours = fixture.dump.vmas(task).map((vma) => vma.vmFlags.join(' '));
      for (const [i, flags] of theirs.entries()) compare.same(`${pid} VMA ${i}`, ours[i], flags);
    }
    compare.finish(500);
  });

  test('VmSize and the kernel’s own RSS counters', () => {
    const compare = new Comparison();
    for (const { task, pid, files } of processes()) {
      const mm = fixture.dump.mm(task);
      const status = fieldsOf(files('status') ?? '');
      if (mm === null || status.size === 0 || ranSince(fixture, task.pid)) continue;
      const check = (field: string, pages: number) => {
        if (!isStable(fixture.truth, `processes ${pid} files status`, field)) return;
        // The kernel prints a counter that is below zero, its other part being with another CPU, as zero.
        compare.same(`${pid} ${field}`, `${Math.max(0, pages) * 4} kB`, status.get(field));
      };
      check('VmSize', mm.totalVm);
      check('VmLck', mm.lockedVm);
      check('VmPin', mm.pinnedVm);
      check('VmData', mm.dataVm);
      check('VmStk', mm.stackVm);
      check('RssAnon', mm.rss.anon);
      check('RssFile', mm.rss.file);
      check('RssShmem', mm.rss.shmem);
      check('VmSwap', mm.rss.swap);
    }
    compare.finish(200);
  });

  test('the build of the vDSO: the note in the pages that processes have mapped', ({ skip }) => {
    const NOTE = Buffer.from('040000001400000003000000474e5500', 'hex');
    const compare = new Comparison();
    for (const { task, pid } of processes()) {
      const mm = fixture.dump.mm(task);
      if (mm === null || mm.vdso === 0 || mm.vdsoBuild === null) continue;
      const { bytes, missing } = fixture.dump.userMemory(task).peek(mm.vdso, 4096);
      const at = Buffer.from(bytes).indexOf(NOTE);
      if (missing.length > 0) continue;
      const found = Buffer.from(bytes.subarray(at + NOTE.length, at + NOTE.length + 20));
      compare.same(`${pid} vDSO`, mm.vdsoBuild, found.toString('hex'));
    }
    if (compare.count === 0) return skip('not in this capture');
    compare.finish(20);
  });

  test('RSS counted by walking the page tables agrees with the counters', () => {
    const compare = new Comparison();
    for (const { task, pid } of processes()) {
      const rss = fixture.dump.resident(task);
      if (rss === null) continue;
      const { totals } = fixture.dump.pages(task);
      compare.same(`${pid} anon`, totals.anon, rss.anon);
      compare.same(`${pid} file`, totals.file, rss.file);
      compare.same(`${pid} shmem`, totals.shmem, rss.shmem);
      compare.same(`${pid} swap`, totals.swap, rss.swap);
    }
    compare.finish(100);
    expect(processes().length).toBeGreaterThan(20);
  });

  test('pagemap: every page, its frame or swap slot, and what kind it is', () => {
    const compare = new Comparison();
    for (const { task, pid } of processes()) {
      const ours = pageTable(fixture.dump.pages(task).runs);
      const theirs = [...pagesOf(fixture.truth, task.pid)];
      // pagemap passes over VM_PFNMAP: the vvar pages, device memory.
      const walked = withoutPfnMaps(ours, fixture.dump.vmas(task));
      const grown = SERVERS.test(task.comm) ? Math.max(0, walked - theirs.length) : 0;
      expect(grown, `${task.comm} grew since it was recorded`).toBeLessThan(64);
      const active = isActive(fixture, task.pid);
      const into = active ? new Comparison() : compare;
      // A thread that ended has given pages back.
      const shrunk = !isStable(fixture.truth, `processes ${task.pid} pages`);
      if (!shrunk) into.same(`${pid} number of pages`, walked - grown, theirs.length);
      const marked = fixture.dump.vmas(task).filter((vma) => vma.vmFlags.includes('sd'));
      for (const page of theirs) {
        const address = Number(page.address);
        if (shrunk && !ours.has(address)) continue;
        // pagemap calls every page of a VMA that is new since the last clear_refs soft-dirty.
        const inMarked = marked.some((vma) => address >= vma.start && address < vma.end);
        comparePage(into, `${pid} 0x${address.toString(16)}`, ours.get(address), page, inMarked);
      }
      if (active) expect(into.different, `${task.comm} has changed since`).toBeLessThan(MOVED_FACTS);
    }
    compare.finish(10_000);
  });

  test('page contents, by the digests that the guest took', () => {
    const compare = new Comparison();
    const unstable = new Set(fixture.truth.pages?.unstableFrames);
    const { physical } = fixture.dump.kernel.mem;
    for (const { pfn, digest } of framesOf(fixture.truth).values()) {
      if (digest === undefined || unstable.has(pfn) || !physical.has(pfn * 4096)) continue;
      const ours = createHash('md5')
        .update(physical.bytes(pfn * 4096, 4096))
        .digest('hex')
        .slice(0, 16);
      compare.same(`frame 0x${pfn.toString(16)}`, ours, digest);
    }
    compare.finish(500);
  });
});

/** What may differ of the pages of a process that ran since they were recorded: three facts of each. */
const MOVED_FACTS = 3 * 64;

/** Unstable: servers have timers, and may touch a few more pages between the recording and the panic. */
const SERVERS = /^(mariadbd|mysqld|redis-server|apache2|nginx)$/;

function withoutPfnMaps(pages: ReadonlyMap<number, OurPage>, vmas: readonly Vma[]): number {
  let count = pages.size;
  for (const vma of vmas) {
    if (!vma.vmFlags.includes('pf')) continue;
    for (let address = vma.start; address < vma.end; address += 4096) if (pages.has(address)) count--;
  }
  return count;
}

interface OurPage {
  readonly pfn: number;
  readonly flags: number;
  readonly swapType: number;
}

function pageTable(runs: readonly PageRun[]): Map<number, OurPage> {
  const pages = new Map<number, OurPage>();
  for (const run of runs) {
    for (let i = 0; i < run.pages; i++) {
      // Consecutive frames, but for the one zero page, which is repeated.
      const pfn = run.pfn + ((run.flags & PAGE.zero) !== 0 && (run.flags & PAGE.thp) === 0 ? 0 : i);
      pages.set(run.address + i * 4096, { pfn, flags: run.flags, swapType: run.swapType });
    }
  }
  return pages;
}

function comparePage(
  compare: Comparison,
  what: string,
  ours: OurPage | undefined,
  theirs: TruthPage,
  inMarked: boolean,
): void {
  if (ours === undefined) {
    compare.same(what, 'no page', theirs.present ? 'present' : 'swapped');
    return;
  }
  const has = (bit: number) => (ours.flags & bit) !== 0;
  compare.same(`${what} swapped`, has(PAGE.swap | PAGE.migration | PAGE.marker), theirs.swapped);
  compare.same(`${what} soft-dirty`, inMarked || has(PAGE.softDirty), theirs.softDirty);
  if (theirs.pfn !== undefined) compare.same(`${what} frame`, ours.pfn, theirs.pfn);
  // Is the huge zero page a file's? 5.10 says no, later kernels say yes; it is neither.
  const hugeZero = has(PAGE.zero) && has(PAGE.thp);
  if (theirs.present && !hugeZero) compare.same(`${what} file`, has(PAGE.file), theirs.file);
  if (theirs.swap !== undefined && has(PAGE.swap)) {
    compare.same(`${what} slot`, `${ours.swapType}:${ours.pfn}`, `${theirs.swap.type}:${theirs.swap.offset}`);
  }
}
