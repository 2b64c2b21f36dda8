// The kernel's own symbols, read from its kallsyms tables in memory. Nothing is expanded before it is asked for:
// a name is found by binary search in kallsyms_seqs_of_names, or, where the kernel has none, through hashes of all names.

import type { Kva } from '../../base/address.js';
import { entryBytes, type KallsymsShape, relativeValue } from './kallsyms-shape.js';
import { NameHashes } from './name-hashes.js';
import type { Stretch } from './stretch.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from './symbols.js';

/** Behind the last symbol (_end) by more than this, an address is not the kernel's. */
const TAIL = 1 << 20;

export class KallsymsTable implements SymbolSource {
  readonly count: number;
  private readonly tokens: string[];
  private hashes: NameHashes | undefined;

  constructor(
    private readonly stretch: Stretch,
    readonly shape: KallsymsShape,
    /** Run-time address of what offsets count from: relative_base; by the rule `place`, the first offset's address. */
    private readonly base: number,
  ) {
    this.count = shape.count;
    this.tokens = readTokens(stretch, shape);
  }

  get origin(): string {
    return `kallsyms in memory at 0x${(this.stretch.phys + this.shape.names).toString(16)}`;
  }

  /** Positions of the first and behind the last byte of all tables. */
  get extent(): { readonly start: number; readonly end: number } {
    const { names, offsets, tokenIndex, seqs, count } = this.shape;
    // num_syms and relative_base stand beside the tables; 16 bytes more on either side have them.
    const ends = [tokenIndex + 512, offsets + count * 4 + 16, seqs === null ? 0 : seqs + count * 3];
    return { start: Math.max(0, Math.min(names, offsets) - 16), end: Math.max(...ends) };
  }

  address(name: string): Kva | undefined {
    const index =
      this.shape.seqs === null ? this.indexByHash(name) : this.indexBySearch(name, this.shape.seqs);
    return index === undefined ? undefined : this.addressAt(index);
  }

  /** Addresses of absolute symbols (per-CPU offsets before 6.15) are small positive numbers. */
  addressAt(index: number): Kva {
    const { offsets, rule } = this.shape;
    const value = relativeValue(this.stretch.view, offsets, index, rule);
    if (value < 0 && rule === 'absolute-percpu') return (-1 - value) as Kva;
    return (this.base + value) as Kva;
  }

  /** Like kallsyms_lookup: of several symbols at one address, the first. */
  nearest(address: Kva): SymbolAt | undefined {
    const last = this.addressAt(this.count - 1);
    if (address >= 0 || address > last + TAIL) return undefined;
    let low = this.firstRelative();
    if (low === this.count || address < this.addressAt(low)) return undefined;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.addressAt(middle) <= address) low = middle;
      else high = middle;
    }
    while (low > 0 && this.addressAt(low - 1) === this.addressAt(low)) low--;
    return { name: this.nameAt(low), offset: address - this.addressAt(low), module: null };
  }

  *all(): Generator<KernelSymbol> {
    const { data } = this.stretch;
    let at = this.shape.names;
    for (let index = 0; index < this.count; index++) {
      const text = this.expand(at);
      yield { name: text.slice(1), address: this.addressAt(index), type: text.charAt(0), module: null };
      at += entryBytes(data, at);
    }
  }

  nameAt(index: number): string {
    return this.expand(this.entryAt(index)).slice(1);
  }

  /** Absolute symbols come first, where there are any. */
  private firstRelative(): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.addressAt(middle) >= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private entryAt(index: number): number {
    const { data, view } = this.stretch;
    let at = this.shape.names + view.getUint32(this.shape.markers + (index >>> 8) * 4, true);
    for (let skip = index & 0xff; skip > 0; skip--) at += entryBytes(data, at);
    return at;
  }

  /** Type letter and name of the entry at a position. */
  private expand(at: number): string {
    const { data } = this.stretch;
    const end = at + entryBytes(data, at);
    let text = '';
    for (let p = at + ((data[at] as number) < 0x80 ? 1 : 2); p < end; p++) {
      text += this.tokens[data[p] as number];
    }
    return text;
  }

  private indexByHash(name: string): number | undefined {
    this.hashes ??= new NameHashes(this.stretch, this.shape);
    for (const index of this.hashes.candidates(name)) {
      if (this.nameAt(index) === name) return index;
    }
    return undefined;
  }

  /**
   * Names in the order of seqs. Kernels built with Clang's LTO may be sorted by the names up to their first dot
   * (010a0aad39fc): a search by that part finds the range in either order.
   */
  private indexBySearch(name: string, seqs: number): number | undefined {
    const wanted = stem(name);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (stem(this.nameAt(this.sequence(seqs, middle))) < wanted) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.count; i++) {
      const found = this.nameAt(this.sequence(seqs, i));
      if (found === name) return this.sequence(seqs, i);
      if (stem(found) !== wanted) return undefined;
    }
    return undefined;
  }

  private sequence(seqs: number, i: number): number {
    const { data } = this.stretch;
    const at = seqs + i * 3;
    return ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
  }
}

function stem(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}

function readTokens({ data, view }: Stretch, { tokenTable, tokenIndex }: KallsymsShape): string[] {
  return Array.from({ length: 256 }, (_, i) => {
    const at = tokenTable + view.getUint16(tokenIndex + i * 2, true);
    return Buffer.from(data.buffer, data.byteOffset + at, data.indexOf(0, at) - at).toString('latin1');
  });
}
