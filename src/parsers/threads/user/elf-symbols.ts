// Function symbols of a mapped file: .symtab where it is in the page cache, else .dynsym, which is always mapped (though
// not always present).

import { PT, SHT, word } from './elf-format.js';
import type { MappedElf } from './mapped-elf.js';

const SYMBOL_BYTES = 24;
const MAX_SYMBOLS = 1 << 19;
const STT = { notype: 0, func: 2, ifunc: 10 } as const;
const DT = { null: 0, strtab: 5, symtab: 6 } as const;
const MAX_NAME = 512;
const utf8 = new TextDecoder('utf-8');

export interface FoundSymbol {
  readonly name: string;
  /** Bytes from its start. */
  readonly offset: number;
  /** The symbol's size does not reach so far: a static function of another name is likelier. */
  readonly beyond: boolean;
}

/** Names are read when they are asked for: of a large program's, a few pages of many are enough. */
type NameReader = (offset: number) => string;

interface Entry {
  readonly start: number;
  readonly size: number;
  /** Its offset among the names. */
  readonly name: number;
  readonly names: NameReader;
}

export class ElfSymbols {
  static readonly none = new ElfSymbols([]);

  /** Sorted by their starts. */
  private constructor(private readonly entries: readonly Entry[]) {}

  static read(elf: MappedElf): ElfSymbols {
    return new ElfSymbols([...dynamicSymbols(elf), ...sectionSymbols(elf)].sort((a, b) => a.start - b.start));
  }

  /** The symbol at or before a link-time address; undefined where there is none, or its name is not in memory. */
  find(vaddr: number): FoundSymbol | undefined {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle] as Entry).start <= vaddr) low = middle + 1;
      else high = middle;
    }
    const found = this.entries[low - 1];
    if (found === undefined) return undefined;
    const offset = vaddr - found.start;
    const name = found.names(found.name);
    return name === '' ? undefined : { name, offset, beyond: offset >= found.size && found.size > 0 };
  }
}

function* sectionSymbols(elf: MappedElf): Generator<Entry> {
  const table = elf.sections.find(({ type }) => type === SHT.symtab);
  const strings = table && elf.sections[table.link];
  if (table === undefined || strings === undefined || table.size > MAX_SYMBOLS * SYMBOL_BYTES) return;
  const symbols = elf.bytes(table.offset, table.size);
  const names: NameReader = (at) => {
    const length = Math.min(MAX_NAME, strings.size - at);
    return length <= 0 ? '' : text(elf.peekFile(strings.offset + at, length));
  };
  if (symbols !== undefined) yield* entries(symbols, names);
}

/** Its end is where the strings begin, as the C library itself takes it (glibc, elf/dl-addr.c). */
function* dynamicSymbols(elf: MappedElf): Generator<Entry> {
  const dynamic = elf.segment(PT.dynamic);
  if (dynamic === undefined) return;
  const table = dynamicEntries(elf, dynamic.vaddr, dynamic.fileSize);
  const link = (address: number) => (address >= elf.bias && elf.bias > 0 ? address - elf.bias : address);
  const symtab = link(table.get(DT.symtab) ?? 0);
  const strtab = link(table.get(DT.strtab) ?? 0);
  const bytes = strtab - symtab;
  if (symtab <= 0 || bytes <= 0 || bytes > MAX_SYMBOLS * SYMBOL_BYTES) return;
  yield* entries(elf.at(symtab, bytes), (at) => text(elf.at(strtab + at, MAX_NAME)));
}

/** The dynamic section, whose addresses the loader may have made absolute. */
function dynamicEntries(elf: MappedElf, vaddr: number, size: number): Map<number, number> {
  const bytes = elf.at(vaddr, Math.min(size, 1 << 12));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = new Map<number, number>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = word(view, at);
    if (tag === DT.null) break;
    found.set(tag, word(view, at + 8));
  }
  return found;
}

function* entries(symbols: Uint8Array, names: NameReader): Generator<Entry> {
  const view = new DataView(symbols.buffer, symbols.byteOffset, symbols.length);
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const type = view.getUint8(at + 4) & 0xf;
    const isDefined = view.getUint16(at + 6, true) !== 0;
    if (!isDefined || (type !== STT.func && type !== STT.ifunc && type !== STT.notype)) continue;
    const [start, size, name] = [word(view, at + 8), word(view, at + 16), view.getUint32(at, true)];
    // Labels without a type and size are of data as often as of code.
    if (start === 0 || name === 0 || (type === STT.notype && size === 0)) continue;
    yield { start, size, name, names };
  }
}

/** Up to its NUL; a longer one is cut. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
