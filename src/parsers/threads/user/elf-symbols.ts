// Function symbols of a mapped file: .symtab where it is in the page cache, else .dynsym, which is always mapped (though
// not always present).

import { textOfBytes } from '../../../base/text.js';
import { PT, SHT, word } from '../../symbols/elf-format.js';
import type { MappedElf } from './mapped-elf.js';

const SYMBOL_BYTES = 24;
const MAX_SYMBOLS = 1 << 19;
const STT = { notype: 0, func: 2, ifunc: 10 } as const;
const DT = { null: 0, strtab: 5, symtab: 6 } as const;
const MAX_NAME = 512;

export interface FoundSymbol {
  readonly name: string;
  /** Bytes from its start. */
  readonly offset: number;
  /** The symbol's size does not reach so far: a static function of another name is likelier. */
  readonly beyond: boolean;
}

/** Names are read when they are asked for: of a large program's, a few pages of many are enough. */
type NameReader = (offset: number) => string;

/** Raw symbols, and their names. */
interface Table {
  readonly symbols: DataView;
  readonly names: NameReader;
}

interface Nearest {
  readonly start: number;
  readonly size: number;
  /** Its offset among the names. */
  readonly name: number;
  readonly names: NameReader;
}

export class ElfSymbols {
  static readonly none = new ElfSymbols([]);
  private readonly known = new Map<number, FoundSymbol | undefined>();

  private constructor(private readonly tables: readonly Table[]) {}

  static read(elf: MappedElf): ElfSymbols {
    const tables = [dynamicSymbols(elf), sectionSymbols(elf)];
    return new ElfSymbols(tables.filter((table) => table !== null));
  }

  /** The symbol at or before a link-time address; undefined where there is none, or its name is not in memory. */
  find(vaddr: number): FoundSymbol | undefined {
    if (!this.known.has(vaddr)) this.known.set(vaddr, this.search(vaddr));
    return this.known.get(vaddr);
  }

  /** Few addresses of a file are ever asked for: to look at all symbols for each is less than to sort them. */
  private search(vaddr: number): FoundSymbol | undefined {
    let found: Nearest | undefined;
    for (const table of this.tables) found = nearest(table, vaddr, found);
    if (found === undefined) return undefined;
    const offset = vaddr - found.start;
    const name = found.names(found.name);
    return name === '' ? undefined : { name, offset, beyond: offset >= found.size && found.size > 0 };
  }
}

/** The last of those that start highest, at or before the address. */
function nearest({ symbols, names }: Table, vaddr: number, before: Nearest | undefined): Nearest | undefined {
  let [best, start] = [-1, before?.start ?? 1];
  for (let at = 0; at + SYMBOL_BYTES <= symbols.byteLength; at += SYMBOL_BYTES) {
    const value = word(symbols, at + 8);
    if (value > vaddr || value < start || !isCode(symbols, at)) continue;
    [best, start] = [at, value];
  }
  if (best < 0) return before;
  return { start, size: word(symbols, best + 16), name: symbols.getUint32(best, true), names };
}

/** Labels without a type and size are of data as often as of code. */
function isCode(symbols: DataView, at: number): boolean {
  const type = symbols.getUint8(at + 4) & 0xf;
  if (symbols.getUint16(at + 6, true) === 0 || symbols.getUint32(at, true) === 0) return false;
  return type === STT.func || type === STT.ifunc || (type === STT.notype && word(symbols, at + 16) > 0);
}

function sectionSymbols(elf: MappedElf): Table | null {
  const table = elf.sections.find(({ type }) => type === SHT.symtab);
  const strings = table && elf.sections[table.link];
  if (table === undefined || strings === undefined || table.size > MAX_SYMBOLS * SYMBOL_BYTES) return null;
  const symbols = elf.bytes(table.offset, table.size);
  const names: NameReader = (at) => {
    const length = Math.min(MAX_NAME, strings.size - at);
    return length <= 0 ? '' : text(elf.peekFile(strings.offset + at, length));
  };
  return symbols === undefined ? null : { symbols: viewOf(symbols), names };
}

/** Its end is where the strings begin, as the C library itself takes it (glibc, elf/dl-addr.c). */
function dynamicSymbols(elf: MappedElf): Table | null {
  const dynamic = elf.segment(PT.dynamic);
  if (dynamic === undefined) return null;
  const table = dynamicEntries(elf, dynamic.vaddr, dynamic.fileSize);
  const link = (address: number) => (address >= elf.bias && elf.bias > 0 ? address - elf.bias : address);
  const symtab = link(table.get(DT.symtab) ?? 0);
  const strtab = link(table.get(DT.strtab) ?? 0);
  const bytes = strtab - symtab;
  if (symtab <= 0 || bytes <= 0 || bytes > MAX_SYMBOLS * SYMBOL_BYTES) return null;
  return { symbols: viewOf(elf.at(symtab, bytes)), names: (at) => text(elf.at(strtab + at, MAX_NAME)) };
}

/** The dynamic section, whose addresses the loader may have made absolute. */
function dynamicEntries(elf: MappedElf, vaddr: number, size: number): Map<number, number> {
  const view = viewOf(elf.at(vaddr, Math.min(size, 1 << 12)));
  const found = new Map<number, number>();
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    const tag = word(view, at);
    if (tag === DT.null) break;
    found.set(tag, word(view, at + 8));
  }
  return found;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Up to its NUL; a longer one is cut. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return textOfBytes(end < 0 ? bytes : bytes.subarray(0, end));
}
