// An address space made up for the tests of this folder: page tables, struct pages, and what the walk needs to know.

import type { Kva } from '../../../../src/base/address.js';
import { Kernel } from '../../../../src/parsers/kernel/kernel.js';
import type { Mm, PageRun, Vma } from '../../../../src/snapshot/mm.js';
import { PAGE } from '../../../../src/snapshot/mm.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

export const PAGE_BYTES = 4096;
export const RW = 0x67n; // present, writable, user, accessed, dirty
const NX = 1n << 63n;
const TABLE = 0x67n;
const FRAMES = 65536;

export class MadeMm extends SyntheticKernel {
  readonly pgd: Kva;
  readonly zeroPage: Kva;
  /** max_pfn. */
  readonly allFrames: Kva;
  /** struct page of frame 0. */
  readonly memoryMap: Kva;

  constructor(readonly levels: 4 | 5 = 4) {
    super();
    this.types
      .struct('page', { flags: 'u64', compound_head: 'u64', lru: 'u64', mapping: 'ptr', index: 'u64' }, 64)
      .struct('address_space', { a_ops: 'ptr' })
      .struct('file', { f_mapping: 'ptr' });
    this.memoryMap = this.alloc(FRAMES * 64, 64);
    const base = this.alloc(8);
    this.poke(base, this.memoryMap);
    this.symbol('vmemmap_base', base);
    this.allFrames = this.alloc(8);
    this.poke(this.allFrames, FRAMES);
    this.symbol('max_pfn', this.allFrames);
    this.symbol('shmem_aops', this.alloc(8));
    this.zeroPage = this.alloc(PAGE_BYTES, PAGE_BYTES);
    this.symbol('empty_zero_page', this.zeroPage);
    this.pgd = this.table();
  }

  override kernel(): Kernel {
    const made = super.kernel();
    const location = { ...made.location, pagingLevels: this.levels };
    return new Kernel(made.mem, made.symbols, made.types, made.faults, location);
  }

  table(): Kva {
    return this.alloc(PAGE_BYTES, PAGE_BYTES);
  }

  /** Writes the entry for `address` into the table of `level`, with tables on the way as needed. */
  entry(address: number, entry: bigint, level = 1): void {
    let table = this.pgd;
    for (let at: number = this.levels; at > level; at--) {
      const slot = this.slot(table, address, at);
      const found = this.word(slot);
      if (found === 0n) {
        const next = this.table();
        this.poke(slot, BigInt(this.phys(next)) | TABLE);
        table = next;
      } else {
        table = (table + Number(found & ~0xfffn) - this.phys(table)) as Kva;
      }
    }
    this.poke(this.slot(table, address, level), entry);
  }

  /** Maps a frame. */
  map(address: number, pfn: number, bits = RW, level = 1): void {
    this.entry(address, (BigInt(pfn) << 12n) | bits | NX, level);
  }

  slot(table: Kva, address: number, level: number): Kva {
    return (table + (Math.floor(address / (PAGE_BYTES * 512 ** (level - 1))) % 512) * 8) as Kva;
  }

  /** Says that a frame is anonymous memory, or of a file. */
  owner(pfn: number, anonymous: boolean): void {
    this.set(
      (this.memoryMap + pfn * 64) as Kva,
      'page.mapping',
      BigInt(this.zeroPage) + (anonymous ? 1n : 0n),
    );
  }

  mm(): Mm {
    return {
      ...BLANK_MM,
      pgd: this.phys(this.pgd),
      tableBytes: 64 * PAGE_BYTES,
    };
  }

  private word(at: Kva): bigint {
    const phys = this.phys(at);
    const page = this.pages.get(Math.floor(phys / PAGE_BYTES)) as Uint8Array;
    return new DataView(page.buffer).getBigUint64(phys % PAGE_BYTES, true);
  }
}

export const BLANK_MM: Mm = {
  address: '0xffff888000001000',
  pgd: 0,
  users: 1,
  startCode: 0,
  endCode: 0,
  startData: 0,
  endData: 0,
  startBrk: 0,
  brk: 0,
  startStack: 0,
  argStart: 0,
  argEnd: 0,
  envStart: 0,
  envEnd: 0,
  mmapBase: 0,
  taskSize: 2 ** 56,
  totalVm: 0,
  lockedVm: 0,
  pinnedVm: 0,
  dataVm: 0,
  execVm: 0,
  stackVm: 0,
  tableBytes: 0,
  mapCount: 0,
  rss: { file: 0, anon: 0, swap: 0, shmem: 0 },
  defFlags: '0x0',
  flags: '0x0',
  vdso: 0,
  vdsoBuild: null,
};

/** An anonymous private VMA unless told otherwise. */
export function vma(start: number, pages: number, values: Partial<Vma> = {}): Vma {
  return {
    address: '0xffff888000002000',
    start,
    end: start + pages * PAGE_BYTES,
    flags: '0x100073',
    vmFlags: [],
    perms: 'rw-p',
    offset: 0,
    devMajor: 0,
    devMinor: 0,
    inode: 0,
    name: '',
    file: null,
    anonymous: true,
    anonVma: true,
    ...values,
  };
}

/** `0x1000+3 @10 present dirty`: a run as text. */
export function told(run: PageRun): string {
  const names = Object.entries(PAGE).filter(([, bit]) => run.flags & bit);
  const type = run.swapType === 0 ? '' : `:${run.swapType}`;
  return `0x${run.address.toString(16)}+${run.pages} @${run.pfn}${type} ${names.map(([name]) => name).join(' ')}`;
}
