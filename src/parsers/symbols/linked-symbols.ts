// A kernel's symbols at the addresses it was linked for (System.map, vmlinux), and the same moved to where it ran.

import type { Kva } from '../../base/address.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from './symbols.js';

export interface LinkedSymbol {
  readonly name: string;
  /** nm's letter. */
  readonly type: string;
  /** Link-time address in signed form; per-CPU symbols and other absolute ones are ≥ 0. */
  readonly value: number;
}

export class LinkedTable {
  private readonly byName = new Map<string, number>();

  constructor(
    /** Sorted by value. */
    readonly symbols: readonly LinkedSymbol[],
    readonly origin: string,
    /** Hex digits where the file tells. */
    readonly buildId: string | null = null,
  ) {
    for (const { name, value } of symbols) {
      if (!this.byName.has(name)) this.byName.set(name, value);
    }
  }

  /** As a System.map: `ffffffff81000000 T _text\n`. */
  *lines(): Generator<string> {
    for (const { name, type, value } of this.symbols) {
      yield `${BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0')} ${type} ${name}\n`;
    }
  }

  value(name: string): number | undefined {
    return this.byName.get(name);
  }

  /** Distance from _text; undefined for what is absent or absolute. */
  offset(name: string): number | undefined {
    const [text, value] = [this.value('_text'), this.value(name)];
    return text === undefined || value === undefined || value >= 0 ? undefined : value - text;
  }
}

/** A linked table whose _text ran at `text`. */
export class MovedSymbols implements SymbolSource {
  private readonly shift: number;

  constructor(
    private readonly table: LinkedTable,
    text: Kva,
  ) {
    this.shift = text - (table.value('_text') ?? 0);
  }

  get origin(): string {
    return this.table.origin;
  }

  get count(): number {
    return this.table.symbols.length;
  }

  address(name: string): Kva | undefined {
    const value = this.table.value(name);
    return value === undefined ? undefined : this.moved(value);
  }

  nearest(address: Kva): SymbolAt | undefined {
    const { symbols } = this.table;
    const value = address - this.shift;
    const end = symbols.at(-1)?.value ?? 0;
    // Absolute symbols come first and name no address.
    let low = symbols.findIndex((symbol) => symbol.value < 0);
    if (address >= 0 || low < 0 || value < this.valueAt(low) || value > end) return undefined;
    let high = symbols.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.valueAt(middle) <= value) low = middle;
      else high = middle;
    }
    while (this.valueAt(low - 1) === this.valueAt(low)) low--;
    return { name: this.nameAt(low), offset: value - this.valueAt(low), module: null };
  }

  *all(): Generator<KernelSymbol> {
    for (const { name, type, value } of this.table.symbols) {
      yield { name, type, address: this.moved(value), module: null };
    }
  }

  private valueAt(index: number): number {
    return this.table.symbols[index]?.value ?? Number.NaN;
  }

  private nameAt(index: number): string {
    return this.table.symbols[index]?.name ?? '';
  }

  private moved(value: number): Kva {
    return (value < 0 ? value + this.shift : value) as Kva;
  }
}
