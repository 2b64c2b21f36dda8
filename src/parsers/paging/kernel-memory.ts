// Reads of kernel virtual memory. The direct map and the kernel image are linear and take one subtraction; all else
// (vmalloc, modules, vmemmap, per-CPU areas beyond the first chunk) goes through the kernel's page tables and a TLB.

import { type AddressFold, type Hex, type Kva, NULL, type Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { textOfBytes } from '../../base/text.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { PageTable } from './page-table.js';

/** A linear stretch of kernel addresses: [start, start + bytes) lies at physical address `phys`. */
export interface LinearMap {
  readonly start: Kva;
  readonly phys: Phys;
  readonly bytes: number;
}

const PAGE = 4096;
/** Pages in the smallest large leaf, 2 MiB. Region bases are aligned to 1 GiB, so folding keeps its alignment. */
const LARGE_PAGES = 512;
const WORD = 0x1_0000_0000;
const EXACT = 2 ** 53;
/** High words below this make a number that a double holds exactly. */
const EXACT_HIGH = 0x20_0000;
const MAX_STRING = 4096;
/** As many translations are remembered: of 4 GiB. */
const TLB_PAGES = 1 << 20;

export class KernelMemory {
  private direct: LinearMap = { start: NULL, phys: 0 as Phys, bytes: 0 };
  private image: LinearMap = { start: NULL, phys: 0 as Phys, bytes: 0 };
  private tables: PageTable | null = null;
  private readonly tlb = new Map<number, number>();
  /** By 2 MiB of virtual addresses. */
  private readonly largeTlb = new Map<number, number>();
  private lastPage = Number.NaN;
  private lastPhys = 0;

  constructor(
    readonly physical: PhysicalMemory,
    readonly fold: AddressFold,
  ) {}

  /** Set in this order while the kernel is being found: its image, its page tables, its direct map. */
  mapImage(map: LinearMap): void {
    this.image = map;
  }

  mapDirect(map: LinearMap): void {
    this.direct = map;
  }

  mapTables(tables: PageTable): void {
    this.tables = tables;
  }

  get directMap(): LinearMap {
    return this.direct;
  }

  get imageMap(): LinearMap {
    return this.image;
  }

  get pageTables(): PageTable | null {
    return this.tables;
  }

  /** Physical address of a kernel address; throws a fault. */
  translate(at: number): Phys {
    const offset = at - this.direct.start;
    if (offset >= 0 && offset < this.direct.bytes) return (this.direct.phys + offset) as Phys;
    const text = at - this.image.start;
    if (text >= 0 && text < this.image.bytes) return (this.image.phys + text) as Phys;
    return this.walk(at);
  }

  /** Kernel address of physical memory in the direct map. */
  directAddress(phys: number): Kva {
    return (this.direct.start + (phys - this.direct.phys)) as Kva;
  }

  u8(base: Kva, offset = 0): number {
    return this.physical.u8(this.translate(base + offset));
  }

  u16(base: Kva, offset = 0): number {
    const at = base + offset;
    if ((at & 0xfff) === 0xfff) return this.u8(base, offset) + this.u8(base, offset + 1) * 0x100;
    return this.physical.u16(this.translate(at));
  }

  u32(base: Kva, offset = 0): number {
    const at = base + offset;
    if ((at & 0xfff) > 0xffc) return this.u16(at as Kva) + this.u16(at as Kva, 2) * 0x1_0000;
    return this.physical.u32(this.translate(at));
  }

  i32(base: Kva, offset = 0): number {
    return this.u32(base, offset) | 0;
  }

  u64(base: Kva, offset = 0): bigint {
    this.pair(base, offset);
    return (BigInt(this.physical.high) << 32n) | BigInt(this.physical.low);
  }

  /** An unsigned 64-bit number for a snapshot. */
  wide(base: Kva, offset = 0): Wide {
    this.pair(base, offset);
    const { high, low } = this.physical;
    return high < EXACT_HIGH ? high * WORD + low : wide((BigInt(high) << 32n) | BigInt(low));
  }

  /** A signed 64-bit number for a snapshot. */
  wideInt(base: Kva, offset = 0): Wide {
    this.pair(base, offset);
    const { low } = this.physical;
    const high = this.physical.high | 0;
    const value = high * WORD + low;
    return high < EXACT_HIGH && value > -EXACT ? value : wide((BigInt(high) << 32n) | BigInt(low));
  }

  i64(base: Kva, offset = 0): bigint {
    return BigInt.asIntN(64, this.u64(base, offset));
  }

  /** An unsigned long as a number: exact below 2^53, and beyond where its low bits are zero, as of a page's address. */
  word(base: Kva, offset = 0): number {
    this.pair(base, offset);
    return this.physical.high * WORD + this.physical.low;
  }

  /** An unsigned long that counts or measures something; a fault when it is above 2^53. */
  nat(base: Kva, offset = 0): number {
    this.pair(base, offset);
    const { high, low } = this.physical;
    if (high >= EXACT_HIGH)
      throw this.fault('corrupt', `no count or size: 0x${high.toString(16)}…`, base, offset);
    return high * WORD + low;
  }

  /** A signed long as a number; exact within ±2^53, a fault beyond. */
  int(base: Kva, offset = 0): number {
    this.pair(base, offset);
    const { low } = this.physical;
    const high = this.physical.high | 0;
    if (high >= EXACT_HIGH || high < -EXACT_HIGH) {
      throw this.fault('corrupt', 'a signed value beyond 2^53', base, offset);
    }
    return high * WORD + low;
  }

  /** A pointer; NULL is 0. A word that can be no address is a fault. */
  ptr(base: Kva, offset = 0): Kva {
    this.pair(base, offset);
    const { low, high } = this.physical;
    const value = this.fold.fromWords(low, high);
    if (Number.isNaN(value)) {
      const word = ((BigInt(high) << 32n) | BigInt(low)).toString(16);
      throw this.fault('bad-pointer', `pointer is 0x${word}, not canonical`, base, offset);
    }
    return value;
  }

  bytes(base: Kva, length: number, offset = 0): Uint8Array {
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = base + offset + done;
      const part = Math.min(length - done, PAGE - (at & (PAGE - 1)));
      this.physical.copy(this.translate(at), out, done, part);
      done += part;
    }
    return out;
  }

  /** A NUL-terminated string of at most `max` bytes (cut there). */
  cstr(base: Kva, offset = 0, max = MAX_STRING): string {
    const start = (base + offset) as Kva;
    let length = 0;
    while (length < max) {
      const at = start + length;
      const part = Math.min(max - length, PAGE - (at & (PAGE - 1)));
      const found = this.physical.lengthOfText(this.translate(at), part);
      length += found;
      if (found < part) break;
    }
    return textOfBytes(this.bytes(start, length));
  }

  hex(address: Kva): Hex {
    return this.fold.hex(address);
  }

  /** The address of a text that `hex` made. */
  fromHex(text: Hex): Kva {
    return this.fold.fromHex(text);
  }

  /** A fault about a kernel address, for walks that find the memory readable and its contents impossible. */
  fault(kind: Fault['kind'], detail: string, base: Kva, offset = 0): Fault {
    return new Fault(kind, detail, 'kernel', this.fold.hex((base + offset) as Kva));
  }

  /** Reads 64 bits into `physical.low` and `physical.high`. */
  private pair(base: Kva, offset: number): void {
    const at = base + offset;
    if ((at & 0xfff) <= 0xff8) {
      this.physical.pair(this.translate(at));
    } else {
      const low = this.u32(base, offset);
      this.physical.high = this.u32(base, offset + 4);
      this.physical.low = low;
    }
  }

  private walk(at: number): Phys {
    const page = Math.floor(at / PAGE);
    if (page !== this.lastPage) {
      let frame = this.tlb.get(page);
      if (frame === undefined) {
        frame = this.lookup(page);
        if (this.tlb.size >= TLB_PAGES) this.tlb.clear();
        this.tlb.set(page, frame);
      }
      this.lastPage = page;
      this.lastPhys = frame;
    }
    return (this.lastPhys + (at & (PAGE - 1))) as Phys;
  }

  /** By the tables. A large leaf is remembered as such: vmemmap has one for 32,768 struct pages. */
  private lookup(page: number): number {
    // What `AddressFold` makes of a word that is no address.
    if (Number.isNaN(page)) throw new Fault('bad-pointer', 'not a canonical address', 'kernel');
    const chunk = Math.floor(page / LARGE_PAGES);
    const large = this.largeTlb.get(chunk);
    if (large !== undefined) return large + (page - chunk * LARGE_PAGES) * PAGE;
    const at = (page * PAGE) as Kva;
    if (page >= 0 || this.tables === null) throw this.unmapped(at);
    const address = this.fold.toBig(at);
    const { leaf, bytes } = this.tables.decide(address);
    if (leaf === undefined) throw this.fault('not-mapped', 'the kernel page tables do not map it', at);
    const phys = leaf + Number(address & BigInt(bytes - 1));
    const within = page - chunk * LARGE_PAGES;
    if (bytes > PAGE) this.largeTlb.set(chunk, phys - within * PAGE);
    return phys;
  }

  private unmapped(at: Kva): Fault {
    if (at === 0) return this.fault('bad-pointer', 'NULL pointer', at);
    if (at > 0) return this.fault('bad-pointer', 'not a kernel address', at);
    return this.fault('not-mapped', 'the kernel page tables are not in the image', at);
  }
}
