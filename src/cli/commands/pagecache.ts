// `pagecache`: which files are in memory, and how much of each; with a path, which pages. `--extract` writes one out.

import { AbsentError, EXIT, UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { pageCacheOf } from '../../parsers/parts/page-cache.js';
import type { CachedFile, CachedRun } from '../../snapshot/pagecache.js';
import { cachedName, type Holder, holdersByInode } from '../cached-name.js';
import { extract } from '../extract.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';
import { bytes, pages, plural } from '../render/units.js';
import type { Result } from '../result.js';
import type { CachedFileRow } from '../schema.js';
import type { SectionRun } from '../section.js';

export const pagecache: SectionRun = ({ dump, args, options }) => {
  const [path] = args;
  const { extract: wanted, output } = options;
  if (typeof wanted === 'string') {
    if (typeof output !== 'string') throw new UsageError('--extract needs a file to write: -o OUT');
    return extracted(dump, oneFile(dump, wanted), output);
  }
  if (output !== undefined) throw new UsageError('--output goes with --extract FILE');
  const files = path === undefined ? pageCacheOf(dump).files : filesAt(dump, path);
  const chosen = files.filter(
    (file) =>
      (options['dirty'] !== true || isUnwritten(file)) && (options['deleted'] !== true || file.deleted),
  );
  return listed(dump, chosen, path !== undefined && files.length === 1);
};

/** There is a disk, and it does not have all of this yet. */
function isUnwritten({ memoryOnly, dirty, writeback }: CachedFile): boolean {
  return !memoryOnly && dirty + writeback > 0;
}

function filesAt(dump: Dump, path: string): CachedFile[] {
  const found = pageCacheOf(dump).named(path);
  const below = found.length > 0 ? found : pageCacheOf(dump).below(path);
  if (below.length > 0) return below;
  throw new AbsentError(
    `nothing of ${path} is in memory`,
    'List all files that are with the section pagecache.',
  );
}

function oneFile(dump: Dump, path: string): CachedFile {
  const found = pageCacheOf(dump).named(path);
  const [file] = found;
  if (file === undefined) throw new AbsentError(`nothing of ${path} is in memory`);
  if (found.length === 1) return file;
  const inodes = found.map(({ inode }) => inode).join(' ');
  throw new UsageError(`${path} is the name of ${found.length} files`, `Name one by its inode: ${inodes}`);
}

function listed(dump: Dump, files: readonly CachedFile[], isDetailed: boolean): Result<'pagecache'> {
  const holders = () => holdersByInode(dump);
  const runs = (file: CachedFile) => pageCacheOf(dump).contents(file).runs();
  return {
    schema: 'pagecache',
    data: function* () {
      const known = holders();
      for (const file of files) yield row(file, known, isDetailed ? runs(file) : undefined);
    } as () => Generator<CachedFileRow>,
    text: function* (style) {
      const known = holders();
      const [only] = files;
      if (isDetailed && only !== undefined) yield* detail(only, runs(only), known.get(only.inode) ?? []);
      else yield* listing(files, known, style);
    },
  };
}

function row(file: CachedFile, holders: Map<string, Holder[]>, runs?: CachedRun[]): CachedFileRow {
  const found = { ...file, holders: holders.get(file.inode) ?? [] };
  return runs === undefined ? found : { ...found, runs };
}

const COLUMNS: readonly Column<CachedFile & { name: string }>[] = [
  { head: 'PAGES', cell: ({ pages }) => pages, right: true },
  { head: 'DIRTY', cell: (file) => (file.memoryOnly ? '-' : file.dirty), right: true },
  { head: 'WRITEBACK', cell: (file) => (file.memoryOnly ? '-' : file.writeback), right: true },
  { head: 'SWAPPED', cell: (file) => (file.memoryOnly ? file.swapped : '-'), right: true },
  { head: 'SIZE', cell: ({ size }) => bytes(Number(size)), right: true },
  { head: 'FS', cell: ({ fsType }) => fsType },
  { head: 'PATH', cell: ({ name }) => name },
];

/** The largest first. */
function* listing(files: readonly CachedFile[], holders: Map<string, Holder[]>, style: Style) {
  const sorted = [...files].sort((a, b) => b.pages + b.swapped - a.pages - a.swapped);
  const rows = sorted.map((file) => ({ ...file, name: cachedName(file) + heldBy(file, holders) }));
  yield* table(COLUMNS, rows);
  yield style.dim(totals(files));
}

/** Who keeps a deleted file alive. */
function heldBy({ deleted, inode }: CachedFile, holders: Map<string, Holder[]>): string {
  const found = deleted ? (holders.get(inode) ?? []) : [];
  return found.length > 0 ? `  held by ${holderText(found)}` : '';
}

function holderText(holders: readonly Holder[]): string {
  return holders.map(({ pid, fd }) => `${pid}/${fd ?? 'map'}`).join(' ');
}

function totals(files: readonly CachedFile[]): string {
  const sum = (of: (file: CachedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  const disk = (of: (file: CachedFile) => number) => sum((file) => (file.memoryOnly ? 0 : of(file)));
  const dirty = disk(({ dirty }) => dirty);
  const writeback = disk(({ writeback }) => writeback);
  return `${plural(files.length, 'file')}: ${pages(sum(({ pages }) => pages))} in memory, ${pages(dirty)} of it dirty, ${pages(writeback)} under writeback; ${pages(sum(({ swapped }) => swapped))} on swap`;
}

function* detail(file: CachedFile, runs: readonly CachedRun[], holders: readonly Holder[]) {
  yield cachedName(file);
  for (const other of file.paths.slice(1)) yield `  also ${cachedName({ ...file, paths: [other] })}`;
  yield `  ${file.fsType} ${file.device >>> 20}:${file.device & 0xfffff}  inode ${file.number} at ${file.inode}  ${file.size} bytes`;
  yield `  ${plural(file.pages, 'page')} in memory, ${file.dirty} dirty, ${file.writeback} under writeback, ${file.swapped} swapped`;
  if (holders.length > 0) yield `  open or mapped (PID/FD): ${holderText(holders)}`;
  const name = { present: 'in memory', swapped: 'on swap', hole: 'zeroes', absent: 'not in memory' };
  for (const { index, pages: count, kind } of runs) {
    const last = index + count - 1;
    yield `  ${last > index ? `pages ${index}-${last}` : `page ${index}`}: ${name[kind]}`;
  }
}

function extracted(dump: Dump, file: CachedFile, output: string): Result<'pagecache-extract'> {
  const contents = pageCacheOf(dump).contents(file);
  const missing = extract(contents, output);
  const lost = missing.reduce((sum, run) => sum + run.pages, 0);
  return {
    schema: 'pagecache-extract',
    ...(lost > 0 ? { exitCode: EXIT.faults } : {}),
    data: () => ({
      inode: file.inode,
      path: file.paths[0] ?? null,
      file: output,
      bytes: contents.size,
      missing,
    }),
    text: function* () {
      yield `${plural(contents.size, 'byte')} of ${cachedName(file)} written to ${output}`;
      for (const { kind, index, pages: count } of missing)
        yield `pages ${index}-${index + count - 1} are ${kind === 'swapped' ? 'on swap' : 'not in memory'}: zeroes stand there`;
    },
  };
}
