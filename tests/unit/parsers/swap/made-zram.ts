// A zram disk made up for the tests of this folder: a table, a pool, and objects in zspages, as each era lays them.

import { type Kva, NULL } from '../../../../src/base/address.js';
import { MadeMm } from '../mm/made-mm.js';

export const PAGE = 4096;
/** Objects of it do not end where pages do: 16 in 13 pages. */
export const CLASS_BYTES = 3264;
const CLASS_INDEX = 202;
const HUGE_INDEX = 254;
const CHAIN = 13;
const OBJECTS = 16;
const PAGES_ON_DISK = 40;

export interface MadeEra {
  /** OBJ_TAG_BITS of a handle's word. */
  readonly tagBits: number;
  readonly flagsPath: string;
  /** Where pages of a zspage are chained. */
  readonly nextPath: string;
  /** Of the flags word. */
  readonly bit: { readonly same: number; readonly written: number; readonly huge: number };
  readonly priorityBit?: number;
}

/** Since 6.14: zpdesc; since 7.0: attr; several algorithms. */
export const NEW: MadeEra = {
  tagBits: 0,
  flagsPath: 'zram_table_entry.attr.flags',
  nextPath: 'zpdesc.next',
  bit: { same: 13, written: 15, huge: 17 },
  priorityBit: 20,
};

/** 6.1. */
export const OLD: MadeEra = {
  tagBits: 1,
  flagsPath: 'zram_table_entry.flags',
  nextPath: 'page.index',
  bit: { same: 14, written: 15, huge: 17 },
};

export class MadeZram extends MadeMm {
  readonly zram: Kva;
  readonly device: Kva;
  readonly pool: Kva;
  readonly entries: Kva;
  /** First page of the zspage of small objects, and its descriptor. */
  readonly chain: Kva;
  zspage: Kva = NULL;
  private used = 0;

  constructor(
    readonly era: MadeEra,
    algorithms: readonly string[],
    name = 'zram0',
  ) {
    super();
    this.declare();
    this.pool = this.make('zs_pool', { pages_allocated: 77 });
    this.addClass(CLASS_INDEX, { size: CLASS_BYTES, objs_per_zspage: OBJECTS, pages_per_zspage: CHAIN });
    this.addClass(HUGE_INDEX, { size: PAGE, objs_per_zspage: 1, pages_per_zspage: 1 });
    this.chain = this.addZspage(CLASS_INDEX, CHAIN);
    this.entries = this.alloc(PAGES_ON_DISK * (this.types.sizeOf('zram_table_entry') as number));
    this.zram = this.make('zram', {
      table: this.entries,
      mem_pool: this.pool,
      disksize: PAGES_ON_DISK * PAGE,
      'stats.pages_stored': 5,
      'stats.compr_data_size': 1234,
      'stats.same_pages': 2,
      'stats.huge_pages': 1,
    });
    this.nameAlgorithms(algorithms);
    const disk = this.make('gendisk', { disk_name: name, private_data: this.zram });
    this.device = this.make('block_device', { bd_disk: disk });
  }

  /** Puts an entry into the disk's table. */
  put(page: number, handle: bigint | number, flags: number): void {
    const at = (this.entries + page * (this.types.sizeOf('zram_table_entry') as number)) as Kva;
    this.set(at, 'zram_table_entry.handle', handle);
    this.set(at, this.era.flagsPath, flags);
  }

  /** Puts bytes into the pool and the disk's table; the object's number in its zspage is returned. */
  store(page: number, bytes: Uint8Array, priority = 0): number {
    const handle = this.alloc(8);
    const { priorityBit, tagBits } = this.era;
    const flags = bytes.length + priority * 2 ** (priorityBit ?? 0);
    const index = this.used++;
    const at = index * CLASS_BYTES;
    const first = (this.chain + at) as Kva;
    this.poke(first, this.fold.toBig(handle) | 1n);
    this.bytes((first + 8) as Kva, bytes);
    const pfn = BigInt(Math.floor(this.phys(first) / PAGE));
    this.poke(handle, (pfn << 24n) | (BigInt(index) << BigInt(tagBits)));
    this.put(page, this.fold.toBig(handle), flags);
    return index;
  }

  /** As `store`, of a page that did not compress. */
  storeHuge(page: number, bytes: Uint8Array): void {
    const handle = this.alloc(8);
    const frame = this.addZspage(HUGE_INDEX, 1);
    this.bytes(frame, bytes);
    const pfn = Math.floor(this.phys(frame) / PAGE);
    this.set(this.pageOf(frame), this.era.nextPath, this.fold.toBig(handle) | 1n);
    this.poke(handle, BigInt(pfn) << 24n);
    this.put(page, this.fold.toBig(handle), PAGE | (1 << this.era.bit.huge));
  }

  pageOf(frame: Kva): Kva {
    return (this.memoryMap + Math.floor(this.phys(frame) / PAGE) * 64) as Kva;
  }

  private addClass(index: number, values: Record<string, number>): void {
    this.set(this.pool, 'zs_pool.size_class', this.make('size_class', values), index);
  }

  /** Frames that follow one another, so that an object is easily written; the chain is what leads from one to the next. */
  private addZspage(index: number, pages: number): Kva {
    const frames = this.alloc(pages * PAGE, PAGE);
    const zspage = this.make('zspage', { class: index, magic: 0x58 });
    if (this.zspage === NULL) this.zspage = zspage;
    for (let i = 0; i < pages; i++) {
      const page = this.pageOf((frames + i * PAGE) as Kva);
      this.set(page, 'page.private', zspage);
      if (i + 1 < pages) this.set(page, this.era.nextPath, (page + 64) as Kva);
    }
    return frames;
  }

  private nameAlgorithms(algorithms: readonly string[]): void {
    if (this.era.priorityBit === undefined) {
      this.set(this.zram, 'zram.compressor', algorithms[0] ?? '');
      return;
    }
    for (const [i, name] of algorithms.entries()) {
      const text = this.alloc(16);
      this.text(text, name);
      this.set(this.zram, 'zram.comp_algs', text, i);
    }
  }

  private declare(): void {
    const { types, era } = this;
    const several = era.priorityBit !== undefined;
    types
      .struct(
        'page',
        { flags: 'u64', compound_head: 'u64', lru: 'u64', mapping: 'ptr', index: 'u64', private: 'u64' },
        64,
      )
      .struct('zspage', { huge: 'u32:1', fullness: 'u32:4', class: 'u32:9', magic: 'u32:8' })
      .struct('size_class', { lock: 'u64', size: 'u32', objs_per_zspage: 'u32', pages_per_zspage: 'u32' })
      .struct('zs_pool', { name: 'ptr', size_class: 'ptr[255]', pages_allocated: 'u64' })
      .struct('zram_stats', {
        compr_data_size: 'u64',
        same_pages: 'u64',
        huge_pages: 'u64',
        pages_stored: 'u64',
      })
      .struct('attr', { flags: 'u32' })
      .struct('zram_table_entry', { handle: 'u64', ...(several ? { attr: 'attr' } : { flags: 'u64' }) })
      .struct('zram', {
        table: 'ptr',
        mem_pool: 'ptr',
        limit_pages: 'u64',
        stats: 'zram_stats',
        disksize: 'u64',
        ...(several ? { comp_algs: 'ptr[4]' } : { compressor: 'char[128]' }),
      })
      .struct('gendisk', { disk_name: 'char[32]', private_data: 'ptr' })
      .struct('block_device', { bd_disk: 'ptr' })
      .enum({ ZRAM_SAME: era.bit.same, ZRAM_WB: era.bit.written, ZRAM_HUGE: era.bit.huge });
    if (era.nextPath.startsWith('zpdesc')) types.struct('zpdesc', { flags: '@0 u64', next: '@32 ptr' }, 64);
    if (several) types.enum({ ZRAM_COMP_PRIORITY_BIT1: era.priorityBit as number });
    else types.enum({ ZRAM_LOCK: era.bit.same - 1 });
  }
}
