// Objects of zsmalloc: a handle is the address of a word that says in which page an object begins and the how manieth
// of its zspage it is. A zspage is one or more pages, chained, which objects of one size class fill without regard to
// where a page ends. Mirrors mm/zsmalloc.c.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, resolveTrait, type Trait } from '../kernel/trait.js';
import { frameLimit, pageOfPfn, pfnOfPage } from '../mm/struct-page.js';
import { type Member, offsets, type TypeSource } from '../types/types.js';
import { zsmallocTypes } from './zram-types.js';

const PAGE_BYTES = 4096;
/** ZS_HANDLE_SIZE: an object begins with its handle, tagged as in use. */
const HEADER_BYTES = 8;
const ALLOCATED = 1n;
const MAGIC = 0x58;
const SMALLEST = 32;

const POOL = { classes: 'size_class', pages: 'pages_allocated' } as const;
const CLASS = { size: 'size', objects: 'objs_per_zspage', pages: 'pages_per_zspage' } as const;

/** Where the pages of a zspage are chained; the only page of a huge object has its handle there. */
const zspageNext: Trait<(types: TypeSource) => number> = {
  name: 'chain of a zspage',
  eras: [
    {
      name: 'zpdesc',
      since: '6.14',
      commit: null,
      evidence: 'zpdesc.next',
      probe: hasMember('zpdesc.next'),
      reader: (types) => offsets(types, 'zpdesc', { next: 'next' }).next,
    },
    {
      name: 'page index',
      since: '4.8',
      commit: null,
      evidence: 'page.index',
      probe: hasMember('page.index'),
      reader: (types) => offsets(types, 'page', { next: 'index' }).next,
    },
  ],
};

interface Layout {
  readonly pool: { readonly classes: number; readonly pages: number };
  readonly size: { readonly size: number; readonly objects: number; readonly pages: number };
  readonly classCount: number;
  readonly zspage: { readonly class: Member; readonly magic: Member };
  readonly page: { readonly zspage: number; readonly next: number };
}

const layoutOf = perKernel((kernel): Layout => {
  const types = zsmallocTypes(kernel);
  const need = (path: string): Member => {
    const member = types.member(path);
    if (member === undefined) throw new Fault('unknown', `this kernel has no ${path}`);
    return member;
  };
  return {
    pool: offsets(types, 'zs_pool', POOL),
    size: offsets(types, 'size_class', CLASS),
    classCount: need('zs_pool.size_class').count ?? 0,
    zspage: { class: need('zspage.class'), magic: need('zspage.magic') },
    page: {
      zspage: offsets(kernel.types, 'page', { zspage: 'private' }).zspage,
      next: resolveTrait(zspageNext, types, kernel.symbols, kernel.mem).era.reader(types),
    },
  };
});

/**
 * How a handle's word holds frame number and index: OBJ_INDEX_BITS, which MAX_POSSIBLE_PHYSMEM_BITS decides, and
 * whether the lowest bit is a tag (as in 6.1, and no longer in 6.12). No type or symbol tells: the header of the object
 * proves the right one.
 */
const ENCODINGS: readonly { readonly pfnShift: bigint; readonly tagBits: bigint }[] = [
  { pfnShift: 24n, tagBits: 0n },
  { pfnShift: 24n, tagBits: 1n },
  { pfnShift: 30n, tagBits: 0n },
  { pfnShift: 30n, tagBits: 1n },
];

interface Place {
  readonly page: Kva;
  readonly pfn: number;
  /** Of the object's contents, in the page; PAGE_BYTES where they begin with the next. */
  readonly offset: number;
  /** What it has room for. */
  readonly room: number;
}

export class ZsPool {
  private readonly at: Layout;

  constructor(
    private readonly kernel: Kernel,
    private readonly pool: Kva,
  ) {
    this.at = layoutOf(kernel);
  }

  /** All that the pool takes of memory. */
  get pages(): number {
    return this.kernel.mem.nat(this.pool, this.at.pool.pages);
  }

  /** A copy of the first `length` bytes of an object; throws a fault where handle and object do not fit. */
  read(handle: bigint, length: number): Uint8Array {
    const { page, pfn, offset, room } = this.locate(handle);
    if (length > room)
      throw this.kernel.mem.fault('corrupt', `${length} bytes in an object of ${room}`, page);
    const { physical } = this.kernel.mem;
    const bytes = new Uint8Array(length);
    const first = Math.min(length, PAGE_BYTES - offset);
    if (first > 0) physical.copy(pfn * PAGE_BYTES + offset, bytes, 0, first);
    if (first < length) {
      const next = pfnOfPage(this.kernel, this.kernel.mem.ptr(page, this.at.page.next));
      physical.copy(next * PAGE_BYTES, bytes, first, length - first);
    }
    return bytes;
  }

  private locate(handle: bigint): Place {
    const { mem } = this.kernel;
    const at = mem.fold.fromBig(handle);
    if (Number.isNaN(at) || handle === 0n) throw new Fault('bad-pointer', 'no handle', 'kernel', handle);
    const word = mem.u64(at);
    for (const { pfnShift, tagBits } of ENCODINGS) {
      const index = Number((word & ((1n << pfnShift) - 1n)) >> tagBits);
      const place = this.tryPlace(Number(word >> pfnShift), index, handle);
      if (place !== null) return place;
    }
    throw mem.fault('corrupt', 'a handle that no object of its zspage has', at);
  }

  /** Null where no object of this handle is. */
  private tryPlace(pfn: number, index: number, handle: bigint): Place | null {
    try {
      return pfn < frameLimit(this.kernel) ? this.place(pfn, index, handle) : null;
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  private place(pfn: number, index: number, handle: bigint): Place | null {
    const { mem } = this.kernel;
    const page = pageOfPfn(this.kernel, pfn);
    const { size, isHuge, objects } = this.sizeClass(mem.ptr(page, this.at.page.zspage));
    if (index >= objects) return null;
    const start = (index * size) % PAGE_BYTES;
    const header = isHuge ? mem.u64(page, this.at.page.next) : mem.physical.u64(pfn * PAGE_BYTES + start);
    if (header !== (handle | ALLOCATED)) return null;
    if (isHuge) return { page, pfn, offset: 0, room: size };
    return { page, pfn, offset: start + HEADER_BYTES, room: size - HEADER_BYTES };
  }

  private sizeClass(zspage: Kva): { size: number; objects: number; isHuge: boolean } {
    const { mem } = this.kernel;
    const { size: at, zspage: fields, pool, classCount } = this.at;
    const index = bits(mem.u32(zspage, fields.class.offset & ~3), fields.class);
    if (bits(mem.u32(zspage, fields.magic.offset & ~3), fields.magic) !== MAGIC || index >= classCount)
      throw mem.fault('corrupt', 'no zspage', zspage);
    const sizeClass = mem.ptr(this.pool, pool.classes + index * 8);
    const size = mem.u32(sizeClass, at.size);
    if (size < SMALLEST || size > PAGE_BYTES || size % HEADER_BYTES !== 0)
      throw mem.fault('corrupt', `a size class of ${size} bytes`, sizeClass);
    const objects = mem.u32(sizeClass, at.objects);
    return { size, objects, isHuge: objects === 1 && mem.u32(sizeClass, at.pages) === 1 };
  }
}

/** A bit-field of the 32-bit word that holds its byte. */
function bits(word: number, { offset, bits: field }: Member): number {
  if (field === null) return word;
  const shift = (offset & 3) * 8 + field.offset;
  return (word >>> shift) & (2 ** field.width - 1);
}
