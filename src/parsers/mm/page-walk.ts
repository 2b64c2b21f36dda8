// Walks a user space's page tables over its VMAs, and says of every page what it is. Mirrors fs/proc/task_mmu.c's
// pagemap, read from the outside. Tables are copied page by page into one buffer per level: the inner loop reads no
// guest memory, and VMAs that share tables share the copies.

import { Fault } from '../../base/fault.js';
import { type Mm, PAGE, type PageRun, type PageTotals, type Vma } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { PageRuns } from './page-runs.js';
import { frameOf, PTE, type PteDecoder } from './pte.js';
import { pteDecoder } from './pte-lookup.js';
import { frameLimit, isAnonymous } from './struct-page.js';
import { isShmemFile } from './vma-file.js';
import { flagWord, VM } from './vma-flags.js';
import { zeroPages } from './zero-pages.js';

const TABLE_BYTES = 4096;
const ENTRIES = 512;
const MIN_RUN_LIMIT = 1 << 20;
/** Leaves of 1 GiB; the levels above are of tables only. */
const HIGHEST_LEAF = 3;
/** Pages that a leaf of each level maps. */
const SPAN = [0, 1, 512, 512 ** 2, 512 ** 3, 512 ** 4];

/** What the pages of a VMA are: it is known for all of them, or each struct page is asked. */
type Backing = 'anon' | 'file' | 'either';

export interface PageWalk {
  readonly runs: readonly PageRun[];
  readonly totals: PageTotals;
}

/** Every user page of the address space, in order of address. */
export function walkPages(kernel: Kernel, mm: Mm, vmas: readonly Vma[]): PageWalk {
  const walk = () => {
    const walker = new PageWalker(kernel, mm, vmas.length);
    for (const vma of vmas) {
      if (vma.start < mm.taskSize || mm.taskSize === 0) walker.vma(vma);
    }
    return walker.result();
  };
  const { runs, totals } = new PageRuns();
  return kernel.faults.guard(`page tables of mm ${mm.address}`, walk, { runs, totals });
}

interface Table {
  readonly bytes: Uint8Array;
  /** The same; an entry is two. Signed, for V8 reads those without an object of what is beyond 31 bits. */
  readonly words: Int32Array;
  /** Physical address of what is in the buffer. */
  at: number;
}

/** One set of buffers for each kernel: walks do not nest. */
const buffers = perKernel((kernel) => {
  const tables: Table[] = [];
  for (let level = 0; level <= kernel.location.pagingLevels; level++) {
    const bytes = new Uint8Array(TABLE_BYTES);
    tables.push({ bytes, words: new Int32Array(bytes.buffer), at: -1 });
  }
  return tables;
});

const zeroes = perKernel(zeroPages);

class PageWalker {
  private readonly found = new PageRuns();
  private readonly tables: readonly Table[];
  private readonly pte: PteDecoder;
  private readonly levels: number;
  private readonly root: number;
  /** A wild pgd, or a table that refers to itself, must not be followed for ever. */
  private visitsLeft: number;
  private readonly runLimit: number;
  private readonly frames: number;
  /** Of the VMA that is being walked. */
  private backing: Backing = 'anon';
  private vmFlags = 0;
  private shmem = false;

  constructor(
    private readonly kernel: Kernel,
    mm: Mm,
    vmas: number,
  ) {
    this.root = mm.pgd;
    this.tables = buffers(kernel);
    for (const table of this.tables) table.at = -1;
    this.pte = pteDecoder(kernel);
    this.levels = kernel.location.pagingLevels;
    this.frames = frameLimit(kernel);
    this.visitsLeft = tableLimit(mm, this.frames) + vmas * this.levels;
    this.runLimit = Math.max(MIN_RUN_LIMIT, 2 * this.frames);
  }

  result(): PageWalk {
    return { runs: this.found.runs, totals: this.found.totals };
  }

  vma(vma: Vma): void {
    this.vmFlags = flagWord(vma.flags);
    this.backing = backingOf(vma, this.vmFlags);
    const { faults, mem } = this.kernel;
    const { file } = vma;
    this.shmem =
      file !== null && faults.guard('mapping', () => isShmemFile(this.kernel, mem.fromHex(file)), false);
    faults.guard('page tables', () => this.table(this.levels, this.root, vma.start, vma.end), undefined);
  }

  /** The entries of one table from `start` to `end`, which lie within what it maps. */
  private table(level: number, at: number, start: number, end: number): void {
    if (--this.visitsLeft < 0) throw new Fault('bound', 'more page tables than the mm has');
    const span = (SPAN[level] as number) * TABLE_BYTES;
    const { words } = this.load(level, at);
    const first = Math.floor(start / span) % ENTRIES;
    const base = start - (start % span);
    const stop = first + Math.ceil((end - base) / span);
    for (let index = first; index < stop; index++) {
      const low = words[2 * index] as number;
      const high = words[2 * index + 1] as number;
      if (low === 0 && high === 0) continue;
      const from = Math.max(start, base + (index - first) * span);
      const alike = level === 1 ? this.alike(words, index, stop) : 1;
      index += alike - 1;
      this.entry(level, low, high, from, Math.min(end, base + (index + 1 - first) * span));
    }
  }

  /**
   * How many entries from `index` on map frames in a row with the same flags, where nothing but these tells what the pages
   * are: most do, and are decoded as one.
   */
  private alike(words: Int32Array, index: number, stop: number): number {
    const low = words[2 * index] as number;
    const high = words[2 * index + 1] as number;
    if ((low & (PTE.present | PTE.special)) !== PTE.present || this.backing === 'either') return 1;
    let count = 1;
    for (let at = 2 * index + 2; at < 2 * stop; at += 2, count++) {
      const next = low + count * TABLE_BYTES;
      // Where the sign changes, the frame is in the other word too.
      if (words[at] !== next || words[at + 1] !== high || (next ^ low) < 0) break;
    }
    const pfn = frameOf(low, high);
    const zero = zeroes(this.kernel).small;
    return pfn + count > this.frames || (zero >= pfn && zero < pfn + count) ? 1 : count;
  }

  private entry(level: number, low: number, high: number, from: number, to: number): void {
    if (level > 1 && low & PTE.present && !(low & PTE.large && level <= HIGHEST_LEAF)) {
      // A lower table that is missing costs what it maps; the tables above stay in their buffers.
      try {
        this.table(level - 1, frameOf(low, high) * TABLE_BYTES, from, to);
      } catch (error) {
        this.kernel.faults.caught('page table', error);
      }
      return;
    }
    // Nothing larger than 1 GiB is one page, or stands on swap as one.
    if (level > HIGHEST_LEAF) {
      this.kernel.faults.add(
        new Fault('corrupt', `an entry of a table of level ${level} that leads to no table`, 'user', from),
      );
      return;
    }
    this.pte.decode(low, high);
    if (this.pte.flags !== 0) this.page(level, from, (to - from) / TABLE_BYTES);
  }

  /** The decoded leaf as pages from `address` on. */
  private page(level: number, address: number, pages: number): void {
    const { pte } = this;
    let { pfn, flags } = pte;
    const span = SPAN[level] as number;
    if (span > 1 && !(flags & PAGE.marker)) {
      // Bit 12 of a large leaf is no address; a walk may begin in its middle.
      pfn = pfn - (pfn % span) + (Math.floor(address / TABLE_BYTES) % span);
    }
    if (flags & (PAGE.present | PAGE.migration)) flags |= this.kindOf(pfn, level);
    else if (this.vmFlags & VM.hugetlb) flags |= PAGE.hugetlb;
    if (this.found.runs.length > this.runLimit) throw new Fault('bound', 'more pages than there is memory');
    this.found.add(address, pages, pfn, flags, pte.swapType, this.shmem);
  }

  private kindOf(pfn: number, level: number): number {
    if (this.vmFlags & VM.hugetlb) return PAGE.hugetlb | this.ownerOf(pfn);
    const size = level > 1 ? PAGE.thp : 0;
    const zero = zeroes(this.kernel);
    if (pfn === zero.small) return PAGE.zero;
    if (level > 1 && zero.huge >= 0 && pfn - (pfn % ENTRIES) === zero.huge) return PAGE.zero | size;
    if (this.pte.special || pfn >= this.frames || (level > 1 && this.vmFlags & VM.pfnmap))
      return PAGE.special;
    return size | this.ownerOf(pfn);
  }

  private ownerOf(pfn: number): number {
    if (this.backing === 'anon') return 0;
    if (this.backing === 'file') return PAGE.file;
    const anonymous = this.kernel.faults.guard('struct page', () => isAnonymous(this.kernel, pfn), false);
    return anonymous ? 0 : PAGE.file;
  }

  private load(level: number, at: number): Table {
    const table = this.tables[level] as Table;
    if (table.at !== at) {
      table.at = -1;
      this.kernel.mem.physical.copy(at, table.bytes, 0, TABLE_BYTES);
      table.at = at;
      this.found.totals.tables++;
    }
    return table;
  }
}

/** By the mm's own account, with room for what it does not count; or one for each frame, if that is no number. */
function tableLimit(mm: Mm, frames: number): number {
  return Math.min(2 * Math.ceil(mm.tableBytes / TABLE_BYTES) + 64, frames);
}

/** Private copies live only where a page may be written and one has been: such VMAs have an anon_vma. */
function backingOf(vma: Vma, flags: number): Backing {
  if (vma.anonymous) return 'anon';
  const copies = (flags & (VM.shared | VM.mayWrite)) === VM.mayWrite && vma.anonVma;
  return copies ? 'either' : 'file';
}
