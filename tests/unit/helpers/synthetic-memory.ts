// A kernel made up for a test: declare types, lay objects in memory, then read them as a dump's.
//
//   const made = new SyntheticKernel();
//   made.types.struct('list_head', { next: 'ptr', prev: 'ptr' });
//   const head = made.make('list_head');
//   made.list(head, [made.make('list_head'), made.make('list_head')]);
//   made.symbol('some_list', head);
//   forEachListEntry(made.kernel(), head, 0, 10, visit);
//
// Objects lie in the direct map, zeroed. `kernel()` sees what has been laid so far: lay everything first.

import { AddressFold, type Kva, type Phys } from '../../../src/base/address.js';
import { FaultLog } from '../../../src/base/fault.js';
import type { Image } from '../../../src/parsers/image/image.js';
import { PhysicalMemory } from '../../../src/parsers/image/physical-memory.js';
import { Kernel, type KernelLocation } from '../../../src/parsers/kernel/kernel.js';
import { KernelMemory } from '../../../src/parsers/paging/kernel-memory.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from '../../../src/parsers/symbols/symbols.js';
import { SyntheticTypes } from './synthetic-types.js';

/** A pointer, a number of the member's width, or the bytes of a string. */
export type Value = number | bigint | string;

const PAGE = 4096;
const BYTES = 256 << 20;
const DIRECT_MAP = 0xffff_8880_0000_0000n;
/** Objects begin here, so that physical 0 stays a hole. */
const FIRST = 1 << 20;

const LOCATION: KernelLocation = {
  release: 'synthetic',
  banner: 'Linux version synthetic',
  buildId: null,
  vmcoreinfoFrom: null,
  vmcoreinfo: new Map(),
  kaslrOffset: 0,
  physBase: 0,
  pagingLevels: 4,
  evidence: [],
};

export class SyntheticKernel {
  readonly types = new SyntheticTypes();
  readonly fold = new AddressFold();
  readonly faults = new FaultLog();
  /** Physical pages by number; a page that is not here is a hole. */
  readonly pages = new Map<number, Uint8Array>();
  private readonly symbols = new SyntheticSymbols();
  private readonly directMap = this.fold.fromBig(DIRECT_MAP);
  private next = FIRST;

  /** Zeroed memory in the direct map. */
  alloc(bytes: number, alignment = 8): Kva {
    const start = Math.ceil(this.next / alignment) * alignment;
    this.next = start + bytes;
    for (let page = Math.floor(start / PAGE); page * PAGE < this.next; page++) this.page(page);
    return (this.directMap + start) as Kva;
  }

  /** A new object of a declared struct; `values` by member path. */
  make(struct: string, values: Readonly<Record<string, Value>> = {}, alignment = 8): Kva {
    const object = this.alloc(this.types.sizeOf(struct) ?? unknown(struct), alignment);
    for (const [member, value] of Object.entries(values)) this.set(object, `${struct}.${member}`, value);
    return object;
  }

  /** Sets `struct.member` of an object; `index` is the element of an array member. */
  set(object: Kva, path: string, value: Value, index = 0): void {
    const member = this.types.member(path) ?? unknown(path);
    const at = (object + member.offset) as Kva;
    const bytes = member.count === null ? member.size : member.size / member.count;
    if (typeof value === 'string') this.text(at, value);
    else if (member.bits !== null) this.setBits(at, bytes, Number(value), member.bits);
    else this.poke((at + index * bytes) as Kva, value, bytes);
  }

  /** Writes a little-endian value of 1, 2, 4 or 8 bytes. */
  poke(at: Kva, value: number | bigint, bytes = 8): void {
    let rest = BigInt.asUintN(bytes * 8, BigInt(value));
    for (let i = 0; i < bytes; i++, rest >>= 8n) this.byte(at + i, Number(rest & 0xffn));
  }

  /** Writes a string's bytes, without a NUL (memory is zeroed). */
  text(at: Kva, text: string): void {
    this.bytes(at, new TextEncoder().encode(text));
  }

  bytes(at: Kva, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.byte(at + i, bytes[i] as number);
  }

  /** Links list_heads in a ring, as list_add_tail would. */
  list(head: Kva, nodes: readonly Kva[]): void {
    const ring = [head, ...nodes, head];
    for (let i = 0; i + 1 < ring.length; i++) {
      this.set(ring[i] as Kva, 'list_head.next', ring[i + 1] as Kva);
      this.set(ring[i + 1] as Kva, 'list_head.prev', ring[i] as Kva);
    }
  }

  symbol(name: string, address: Kva, module: string | null = null): void {
    this.symbols.table.push({ name, address, type: 'D', module });
  }

  /** Takes the page of an address out of the image. */
  hole(at: Kva): void {
    this.pages.delete(Math.floor(this.phys(at) / PAGE));
  }

  phys(at: Kva): Phys {
    return (at - this.directMap) as Phys;
  }

  memory(): KernelMemory {
    const memory = new KernelMemory(new PhysicalMemory(this.image()), this.fold);
    memory.mapDirect({ start: this.directMap, phys: 0 as Phys, bytes: BYTES });
    return memory;
  }

  kernel(): Kernel {
    return new Kernel(this.memory(), this.symbols, this.types, this.faults, LOCATION);
  }

  image(): Image {
    const ranges = [{ start: 0 as Phys, end: BYTES as Phys }];
    const image: Image = {
      format: 'synthetic',
      path: 'synthetic',
      ranges,
      notes: [],
      faults: [],
      layouts: [],
      layout: null,
      withLayout: () => image,
      read: (at, into) => this.read(at, into),
      absence: () => 'hole',
      data: () => ranges,
      close: () => {},
    };
    return image;
  }

  private read(at: number, into: Uint8Array): number {
    for (let done = 0; done < into.length; ) {
      const page = this.pages.get(Math.floor((at + done) / PAGE));
      if (page === undefined) return done;
      const within = (at + done) % PAGE;
      const part = Math.min(into.length - done, PAGE - within);
      into.set(page.subarray(within, within + part), done);
      done += part;
    }
    return into.length;
  }

  private setBits(at: Kva, bytes: number, value: number, bits: { offset: number; width: number }): void {
    const mask = (2 ** bits.width - 1) << bits.offset;
    const rest = this.peek(at, bytes) & ~mask;
    this.poke(at, (rest | ((value << bits.offset) & mask)) >>> 0, bytes);
  }

  private peek(at: Kva, bytes: number): number {
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) {
      const phys = this.phys((at + i) as Kva);
      value = value * 256 + (this.page(Math.floor(phys / PAGE))[phys % PAGE] as number);
    }
    return value;
  }

  private byte(at: number, value: number): void {
    const phys = this.phys(at as Kva);
    this.page(Math.floor(phys / PAGE))[phys % PAGE] = value;
  }

  private page(number: number): Uint8Array {
    let page = this.pages.get(number);
    if (page === undefined) this.pages.set(number, (page = new Uint8Array(PAGE)));
    return page;
  }
}

class SyntheticSymbols implements SymbolSource {
  readonly origin = 'synthetic';
  readonly table: KernelSymbol[] = [];

  get count(): number {
    return this.table.length;
  }

  address(name: string): Kva | undefined {
    return this.table.find((symbol) => symbol.name === name)?.address;
  }

  addressInModules(name: string): Kva | undefined {
    return this.table.find((symbol) => symbol.name === name && symbol.module !== null)?.address;
  }

  nearest(address: Kva): SymbolAt | undefined {
    const below = this.table.filter((symbol) => symbol.address <= address);
    const last = below.sort((a, b) => a.address - b.address).at(-1);
    return last && { name: last.name, offset: address - last.address, module: last.module };
  }

  all(): Iterable<KernelSymbol> {
    return this.table;
  }
}

function unknown(name: string): never {
  throw new Error(`declare ${name} first`);
}
