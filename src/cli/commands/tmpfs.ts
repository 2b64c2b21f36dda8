// `tmpfs`: file systems that are in memory only, as `ls -lR` would list them.

import { AbsentError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { pageCacheOf } from '../../parsers/parts/page-cache.js';
import type { FileType } from '../../snapshot/files.js';
import type { TmpfsEntry, TmpfsTree } from '../../snapshot/tmpfs.js';
import type { Style } from '../render/style.js';
import { pages, plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const tmpfs: SectionRun = ({ dump, args }) => {
  const [mount] = args;
  const trees = mount === undefined ? pageCacheOf(dump).tmpfs : treesAt(dump, mount);
  return {
    schema: 'tmpfs',
    data: () => trees,
    text: function* (style) {
      for (const [i, tree] of trees.entries()) {
        if (i > 0) yield '';
        yield* treeLines(tree, style);
      }
    },
  };
};

function treesAt(dump: Dump, mount: string): TmpfsTree[] {
  const found = pageCacheOf(dump).tmpfs.filter(
    (tree) => tree.mountPoint === mount || numbers(tree) === mount,
  );
  if (found.length > 0) return found;
  const known = pageCacheOf(dump)
    .tmpfs.map((tree) => tree.mountPoint ?? numbers(tree))
    .join(' ');
  throw new AbsentError(`no tmpfs is mounted on ${mount}`, `There are: ${known}`);
}

function numbers({ device }: TmpfsTree): string {
  return `${device >>> 20}:${device & 0xfffff}`;
}

function* treeLines(tree: TmpfsTree, style: Style): Generator<string> {
  const { mountPoint, fsType, entries, unlinked } = tree;
  const inMemory = sum([...entries, ...unlinked], (entry) => entry.pages);
  const onSwap = sum([...entries, ...unlinked], (entry) => entry.swapped);
  const name = mountPoint === null ? 'mounted nowhere that init sees' : printable(mountPoint);
  const swap = onSwap > 0 ? `, ${pages(onSwap)} on swap` : '';
  yield `${style.title(name)}  ${fsType} ${numbers(tree)}  ${plural(entries.length, 'name')}, ${pages(inMemory)} in memory${swap}`;
  for (const entry of entries) yield line(entry);
  if (unlinked.length > 0) yield style.dim('  without a name:');
  for (const entry of unlinked) yield line(entry);
}

function sum(entries: readonly TmpfsEntry[], of: (entry: TmpfsEntry) => number): number {
  const byInode = new Map(entries.map((entry) => [entry.inode, of(entry)]));
  return [...byInode.values()].reduce((total, count) => total + count, 0);
}

const LETTERS: Partial<Record<FileType, string>> = {
  regular: '-',
  directory: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  socket: 's',
};

function line(entry: TmpfsEntry): string {
  const { type, mode, uid, gid, links, size, rdev, target, swapped, path, number } = entry;
  const isDevice = type === 'char' || type === 'block';
  const length = isDevice ? `${rdev >>> 20}, ${rdev & 0xfffff}` : String(size);
  const swap = swapped > 0 ? `  (${plural(swapped, 'page')} on swap)` : '';
  const link = type === 'symlink' ? ` -> ${target === null ? '?' : printable(target)}` : '';
  const owner = `${String(links).padStart(2)} ${`${uid}:${gid}`.padEnd(9)}`;
  const text = path === '' ? `inode ${number}` : printable(path);
  return `  ${LETTERS[type] ?? '?'}${permissions(mode)} ${owner} ${length.padStart(9)}  ${text}${link}${swap}`;
}

/** `rwxr-sr-t`. */
function permissions(mode: number): string {
  const special = [0o4000, 0o2000, 0o1000].map((bit) => (mode & bit) !== 0);
  return [6, 3, 0]
    .map((shift, i) => {
      const bits = mode >>> shift;
      const marks = i === 2 ? ['t', 'T'] : ['s', 'S'];
      const execute = special[i] ? marks[bits & 1 ? 0 : 1] : bits & 1 ? 'x' : '-';
      return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`;
    })
    .join('');
}
