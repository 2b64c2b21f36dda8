// The trees of tmpfs, ramfs and hugetlbfs: names are dentries that stay in the cache as long as the file has them, files
// are inodes whose pages are the page cache. Mirrors mm/shmem.c, fs/ramfs/inode.c, fs/hugetlbfs/inode.c, and fs/libfs.c.

import { type Kva, NULL } from '../../base/address.js';
import type { TmpfsEntry, TmpfsTree } from '../../snapshot/tmpfs.js';
import { dentryLayout, dentryName, isUnlinked } from '../fs/dentry.js';
import { fileSystem } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { Met } from '../walks/met.js';
import { forEachChild } from './children.js';
import { inodePaths, mountPointOf } from './inode-paths.js';
import { forEachInode, forEachSuperBlock } from './super-blocks.js';
import { readTmpfsEntry } from './tmpfs-entry.js';

const SUPER_BLOCK = { operations: 's_op', root: 's_root' } as const;
/** super_operations of file systems that are in memory only. */
const OPERATIONS = ['shmem_ops', 'ramfs_ops', 'hugetlbfs_ops'];
const MAX_DEPTH = 2048;

/** Every file system that is in memory only, in order of their making. */
export function readTmpfs(kernel: Kernel): readonly TmpfsTree[] {
  const found: TmpfsTree[] = [];
  const operations = new Set(OPERATIONS.map((symbol) => kernel.symbols.address(symbol) ?? NULL));
  const at = kernel.layout('super_block', SUPER_BLOCK);
  forEachSuperBlock(kernel, (block) => {
    const own = kernel.mem.ptr(block, at.operations);
    if (own === NULL || !operations.has(own)) return;
    const tree = kernel.faults.guard('tmpfs', () => readTree(kernel, block), null);
    if (tree !== null) found.push(tree);
  });
  return found;
}

function readTree(kernel: Kernel, block: Kva): TmpfsTree {
  const { name, device } = fileSystem(kernel, block);
  const root = kernel.mem.ptr(block, kernel.layout('super_block', SUPER_BLOCK).root);
  const walk = new TreeWalk(kernel);
  if (root !== NULL) walk.root(root);
  return {
    superBlock: kernel.mem.hex(block),
    fsType: name,
    device,
    mountPoint: root === NULL ? null : mountPointOf(kernel, root, block),
    entries: walk.entries,
    unlinked: unlinkedOf(kernel, block, walk.met),
  };
}

class TreeWalk {
  readonly entries: TmpfsEntry[] = [];
  /** Inodes that have a name. */
  readonly met: Met;

  constructor(private readonly kernel: Kernel) {
    this.met = new Met(kernel, 'inodes with names');
  }

  root(dentry: Kva): void {
    const inode = this.kernel.mem.ptr(dentry, dentryLayout(this.kernel).inode);
    this.take(inode, '/');
    this.directory(dentry, '/', 0);
  }

  private directory(dentry: Kva, above: string, depth: number): void {
    if (depth > MAX_DEPTH) throw this.kernel.mem.fault('bound', 'directories without end', dentry);
    const children: { child: Kva; inode: Kva; name: string }[] = [];
    forEachChild(this.kernel, dentry, (child, inode) => {
      // O_TMPFILE, and what was removed while it was open, hang here too.
      if (isUnlinked(this.kernel, child)) return;
      const { parent } = dentryLayout(this.kernel);
      if (this.kernel.mem.ptr(child, parent) !== dentry)
        throw this.kernel.mem.fault('corrupt', 'a child of another parent', child);
      children.push({ child, inode, name: dentryName(this.kernel, child) });
    });
    children.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { child, inode, name } of children) {
      const path = `${above}${name}`;
      if (this.take(inode, path)?.type === 'directory') this.directory(child, `${path}/`, depth + 1);
    }
  }

  private take(inode: Kva, path: string): TmpfsEntry | null {
    this.met.add(inode);
    const entry = this.kernel.faults.guard(path, () => readTmpfsEntry(this.kernel, inode, path), null);
    if (entry !== null) this.entries.push(entry);
    return entry;
  }
}

function unlinkedOf(kernel: Kernel, block: Kva, named: Met): TmpfsEntry[] {
  const found: TmpfsEntry[] = [];
  forEachInode(kernel, block, (inode) => {
    if (named.has(inode)) return;
    const [name] = inodePaths(kernel, inode, block);
    found.push(readTmpfsEntry(kernel, inode, name?.text ?? ''));
  });
  return found;
}
