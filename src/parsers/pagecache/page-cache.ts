// The page cache of a dump: its files, and the contents of each. What commands and library users hold.

import type { Hex } from '../../base/address.js';
import type { Vma } from '../../snapshot/mm.js';
import type { CachedFile, FilePages } from '../../snapshot/pagecache.js';
import type { Task } from '../../snapshot/task.js';
import type { TmpfsTree } from '../../snapshot/tmpfs.js';
import type { Kernel } from '../kernel/kernel.js';
import { type FilePagesOptions, readCachedFiles, readFilePages } from './cached-file.js';
import { FileContents } from './contents.js';
import { readTmpfs } from './tmpfs.js';

const DELETED = ' (deleted)';

/** Who may have files mapped. */
interface Processes {
  readonly tasks: readonly Task[];
  vmas(task: Task): readonly Vma[];
}

export class PageCache {
  private list: readonly CachedFile[] | undefined;
  private trees: readonly TmpfsTree[] | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly processes: Processes,
  ) {}

  /** Every file that has a page in memory or, where it is kept in memory only, on swap. */
  get files(): readonly CachedFile[] {
    this.list ??= this.kernel.faults.within('page cache', () =>
      readCachedFiles(
        this.kernel,
        [...this.mapped()].map((file) => this.kernel.mem.fromHex(file)),
      ),
    );
    return this.list;
  }

  /** Files that somebody has open or mapped (struct files), are in memory only, or have pages that the disk lacks. */
  pagesOf(holders: Iterable<Hex>, options: FilePagesOptions): readonly FilePages[] {
    const files = Array.from(holders, (file) => this.kernel.mem.fromHex(file));
    return this.kernel.faults.within('page cache', () => readFilePages(this.kernel, files, options));
  }

  /** File systems that are in memory only. */
  get tmpfs(): readonly TmpfsTree[] {
    this.trees ??= this.kernel.faults.within('tmpfs', () => readTmpfs(this.kernel));
    return this.trees;
  }

  /** All that is in memory but contents. */
  readAll(): void {
    void this.files;
    void this.tmpfs;
  }

  /** Files by a path (of deleted ones, with or without what the kernel adds to it) or the address of the inode. */
  named(text: string): CachedFile[] {
    const names = new Set([text, text + DELETED]);
    return this.files.filter(({ inode, paths }) => inode === text || paths.some((path) => names.has(path)));
  }

  /** Files below a directory. */
  below(directory: string): CachedFile[] {
    const start = directory.endsWith('/') ? directory : `${directory}/`;
    return this.files.filter(({ paths }) => paths.some((path) => path.startsWith(start)));
  }

  contents(file: CachedFile): FileContents {
    return new FileContents(this.kernel, this.kernel.mem.fromHex(file.mapping), Number(file.size));
  }

  /** struct files. */
  private mapped(): Set<Hex> {
    const { processes } = this;
    return new Set(processes.tasks.flatMap((task) => processes.vmas(task).flatMap(({ file }) => file ?? [])));
  }
}
