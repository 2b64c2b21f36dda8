// Fixtures: a capture made small enough to keep in the repository. The dump is trimmed to the pages that an inspection
// reads and the user pages of chosen processes; the truth loses what no test looks at.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeFileAtomically } from '../base/atomic-file.js';
import { progress } from '../base/progress.js';
import { snapshotJson } from '../parsers/build-snapshot.js';
import { type Dump, inspectMemory } from '../parsers/dump.js';
import type { PhysicalMemory } from '../parsers/image/physical-memory.js';
import type { UserMemory } from '../parsers/mm/user-memory.js';
import { PROC_NET_FILES } from '../parsers/net/proc-net.js';
import { networkOf } from '../parsers/parts/network.js';
import { pageCacheOf } from '../parsers/parts/page-cache.js';
import { modulesOf } from '../parsers/parts/system.js';
import { readEverything } from '../parsers/read-everything.js';
import { syscallName } from '../parsers/threads/syscall-table.js';
import { moduleTypes } from '../parsers/walks/module-types.js';
import { PAGE, type PageRun } from '../snapshot/mm.js';
import { type TrimReport, trim } from './trim.js';
import { readTruth, type Truth } from './truth.js';

export const FIXTURE_DUMP = 'capture.lime.lz4';
export const FIXTURE_TRUTH = 'truth.json.gz';

const PAGE_BYTES = 4096;
const CACHED_PAGES_EACH = 4;
/** Of each file whose contents the guest told. */
const KNOWN_FILE_PAGES = 32;
/** Small files are kept whole. */
const SMALL_FILE_PAGES = 16;
/** Beyond the last number of arch/x86/entry/syscalls/syscall_32.tbl. */
const IA32_SYSCALLS = 512;

export interface TrimOptions {
  /** Processes whose user pages are kept: command names, `*` at the end for a prefix. */
  readonly processes: readonly string[];
  /** At most so many user pages of each; 0 for all. */
  readonly pagesEach: number;
  /** Paths of files whose first cached pages are kept. */
  readonly files?: readonly string[];
}

/** `ow lab trim`: writes to `out` what an inspection of `dump` reads. */
export function trimDump(dump: string, out: string, options: TrimOptions): Promise<TrimReport> {
  return trim(dump, out, (memory) => readForFixture(memory, options));
}

/** All that any section reads, and the chosen processes' pages. */
function readForFixture(memory: PhysicalMemory, options: TrimOptions): void {
  const dump = inspectMemory(memory, { noCache: true });
  readEverything(dump);
  readAll(snapshotJson(dump));
  readAll(dump.kernel.symbols.all());
  for (const namespace of networkOf(dump).namespaces) {
    for (const file of PROC_NET_FILES) networkOf(dump).proc(file, namespace.inode);
  }
  for (let number = 0; number < IA32_SYSCALLS; number++) syscallName(dump.kernel, number, 'ia32');
  for (const module of modulesOf(dump)) moduleTypes(dump.kernel, module.name);
  for (const [i, task] of dump.tasks.entries()) {
    progress('reading processes', i, dump.tasks.length);
    if (!task.leader || dump.mm(task) === null || !matches(task.comm, options.processes)) continue;
    const { runs } = dump.pages(task);
    readUserPages(dump, runs, options.pagesEach || Number.POSITIVE_INFINITY);
    readCompressedPages(dump.userMemory(task), runs);
  }
  readCachedPages(dump);
  for (const path of options.files ?? []) {
    for (const file of pageCacheOf(dump).named(path)) {
      let left = KNOWN_FILE_PAGES;
      for (const _page of pageCacheOf(dump).contents(file).present()) if (--left === 0) break;
    }
  }
}

/** The first pages of each file that the disk, if there is one, does not have. */
function readCachedPages(dump: Dump): void {
  const pageCache = pageCacheOf(dump);
  for (const file of pageCache.files) {
    if (file.fsType === 'bdev' || (!file.memoryOnly && file.dirty === 0)) continue;
    let left = file.pages <= SMALL_FILE_PAGES ? SMALL_FILE_PAGES : CACHED_PAGES_EACH;
    for (const _page of pageCache.contents(file).present()) if (--left === 0) break;
  }
}

/** Reading is what counts. */
function readAll(things: Iterable<unknown>): void {
  for (const _thing of things);
}

function matches(comm: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? comm.startsWith(pattern.slice(0, -1)) : comm === pattern,
  );
}

function readUserPages(dump: Dump, runs: readonly PageRun[], limit: number): void {
  const { physical } = dump.kernel.mem;
  let left = limit;
  for (const run of runs) {
    if ((run.flags & PAGE.present) === 0 || (run.flags & PAGE.special) !== 0) continue;
    for (let i = 0; i < run.pages && left > 0; i++, left--) {
      if (physical.has((run.pfn + i) * PAGE_BYTES)) physical.u8((run.pfn + i) * PAGE_BYTES);
    }
  }
}

/** Those on swap that are in zram: all, for their contents take little room. */
function readCompressedPages(memory: UserMemory, runs: readonly PageRun[]): void {
  const page = new Uint8Array(PAGE_BYTES);
  for (const run of runs) {
    if ((run.flags & PAGE.swap) === 0) continue;
    for (let at = run.address; at < run.address + run.pages * PAGE_BYTES; at += PAGE_BYTES)
      if (memory.page(at).kind === 'swapped') memory.copyPage(at, page);
  }
}

/** Facts that are bulky and that no test compares. */
const LEFT_OUT_OF_PROCESSES = ['sched', 'schedstat', 'autogroup', 'timerslack_ns', 'coredump_filter'];
const LEFT_OUT_OF_SYSTEM = ['/proc/vmallocinfo', '/proc/pagetypeinfo', '/proc/zoneinfo'];

/** The truth of a capture as it is kept beside a fixture. */
export function fixtureTruth(truth: Truth): Truth {
  const keep = ([name]: readonly [string, unknown]) => !LEFT_OUT_OF_SYSTEM.includes(name);
  const { registers: _registers, memoryTree: _tree, ...machine } = truth.machine;
  return {
    ...truth,
    machine,
    system: Object.fromEntries(Object.entries(truth.system).filter(keep)),
    processes: Object.fromEntries(
      Object.entries(truth.processes).map(([pid, process]) => [
        pid,
        {
          ...process,
          files: lighter(process.files),
          threads: Object.fromEntries(
            Object.entries(process.threads).map(([tid, thread]) => [
              tid,
              { ...thread, files: lighter(thread.files) },
            ]),
          ),
        },
      ]),
    ),
  };
}

function lighter<Files extends Readonly<Record<string, unknown>>>(files: Files): Files {
  const kept = Object.entries(files).filter(([name]) => !LEFT_OUT_OF_PROCESSES.includes(name));
  return Object.fromEntries(kept) as Files;
}

/** Makes the fixture of a capture: `capture.lime.lz4` and `truth.json.gz` in `out`. */
export async function makeFixture(capture: string, out: string, options: TrimOptions): Promise<TrimReport> {
  mkdirSync(out, { recursive: true });
  const truth = fixtureTruth(readTruth(join(capture, 'truth.json')));
  const files = Object.keys(truth.cachedFiles);
  const report = await trimDump(join(capture, 'dump.raw'), join(out, FIXTURE_DUMP), { ...options, files });
  writeFileAtomically(join(out, FIXTURE_TRUTH), gzipSync(JSON.stringify(truth), { level: 9 }));
  return report;
}
