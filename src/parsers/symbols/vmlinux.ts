// Symbols of a vmlinux: its ELF symbol table, with the letters that nm gives. Only headers, the table and its strings
// are read, since a vmlinux with debuginfo has hundreds of megabytes.

import { closeSync, openSync, readSync } from 'node:fs';
import { InputError, SystemError } from '../../base/error.js';
import { buildIdOf } from './build-id.js';
import { type LinkedSymbol, LinkedTable } from './linked-symbols.js';
import { sorted } from './system-map.js';

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYM_BYTES = 24;
const MAX_SECTION = 256 << 20;
const EM_X86_64 = 62;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const [SHF_WRITE, SHF_ALLOC, SHF_EXEC] = [1, 2, 4];
const SHN_ABS = 0xfff1;
const [STB_LOCAL, STB_WEAK] = [0, 2];
const [STT_OBJECT, STT_SECTION, STT_FILE] = [1, 3, 4];

export function readVmlinux(path: string): LinkedTable {
  const file = new ElfFile(path);
  try {
    const table = file.sections.find((section) => section.type === SHT_SYMTAB);
    const strings = table && file.sections[table.link];
    if (!table || !strings) {
      throw new InputError(`${path} has no symbol table`, 'Name the vmlinux of the -dbg package.');
    }
    const symbols = readSymbols(file.read(table), file.read(strings), file.sections);
    const notes = file.sections.find((section) => section.name === '.notes');
    return new LinkedTable(sorted(symbols), path, notes ? buildIdOf(file.read(notes)) : null);
  } finally {
    file.close();
  }
}

/** Bytes of a section, for instance `.BTF`; undefined where the file has none. */
export function readSection(path: string, name: string): Uint8Array | undefined {
  const file = new ElfFile(path);
  try {
    const section = file.sections.find((one) => one.name === name);
    return section && file.read(section);
  } finally {
    file.close();
  }
}

/** Read by hand: 64-bit addresses must be exact, and symbols come by the hundred thousand. */
class ElfFile {
  readonly sections: readonly Section[];
  private readonly fd: number;

  constructor(readonly path: string) {
    try {
      this.fd = openSync(path, 'r');
    } catch (error) {
      throw new SystemError(`${path}: ${(error as Error).message}`, 'Name a readable vmlinux.');
    }
    const header = this.bytes(0, HEADER_BYTES);
    const is64 = header.length === HEADER_BYTES && header.readUInt32BE(0) === 0x7f45_4c46 && header[4] === 2;
    if (!is64 || header.readUInt16LE(18) !== EM_X86_64) {
      this.close();
      throw new InputError(`${path} is no x86-64 ELF file`, 'A vmlinuz is compressed: name the vmlinux.');
    }
    this.sections = this.readSections(header);
  }

  read({ offset, size, name }: Section): Buffer {
    if (size > MAX_SECTION) throw new InputError(`${this.path}: section ${name} is impossibly large`);
    return this.bytes(offset, size);
  }

  close(): void {
    closeSync(this.fd);
  }

  private bytes(offset: number, length: number): Buffer {
    const out = Buffer.alloc(length);
    return out.subarray(0, readSync(this.fd, out, 0, length, offset));
  }

  private readSections(header: Buffer): Section[] {
    const [count, names] = [header.readUInt16LE(60), header.readUInt16LE(62)];
    const table = this.bytes(Number(header.readBigUInt64LE(40)), count * SECTION_BYTES);
    const raw = Array.from({ length: Math.floor(table.length / SECTION_BYTES) }, (_, i) => {
      const at = i * SECTION_BYTES;
      return {
        name: table.readUInt32LE(at),
        type: table.readUInt32LE(at + 4),
        flags: table.readUInt32LE(at + 8),
        offset: Number(table.readBigUInt64LE(at + 24)),
        size: Number(table.readBigUInt64LE(at + 32)),
        link: table.readUInt32LE(at + 40),
      };
    });
    const strings = raw[names] ? this.read({ ...raw[names], name: '.shstrtab' }) : Buffer.alloc(0);
    return raw.map((section) => ({ ...section, name: stringAt(strings, section.name) }));
  }
}

function readSymbols(table: Buffer, strings: Buffer, sections: readonly Section[]): LinkedSymbol[] {
  const symbols: LinkedSymbol[] = [];
  for (let at = SYM_BYTES; at + SYM_BYTES <= table.length; at += SYM_BYTES) {
    const name = stringAt(strings, table.readUInt32LE(at));
    const index = table.readUInt16LE(at + 6);
    const type = letter(table.readUInt8(at + 4), index, sections[index]);
    if (name === '' || type === null) continue;
    symbols.push({ name, type, value: Number(table.readBigInt64LE(at + 8)) });
  }
  return symbols;
}

/** nm's letter; null for what nm leaves out and for undefined symbols. */
function letter(info: number, index: number, section: Section | undefined): string | null {
  const [bind, type] = [info >>> 4, info & 15];
  if (type === STT_SECTION || type === STT_FILE || index === 0) return null;
  if (bind === STB_WEAK) return type === STT_OBJECT ? 'V' : 'W';
  const kind = index === SHN_ABS ? 'a' : sectionLetter(section);
  return bind === STB_LOCAL ? kind : kind.toUpperCase();
}

function sectionLetter(section: Section | undefined): string {
  if (!section || !(section.flags & SHF_ALLOC)) return 'n';
  if (section.flags & SHF_EXEC) return 't';
  if (section.type === SHT_NOBITS) return 'b';
  return section.flags & SHF_WRITE ? 'd' : 'r';
}

function stringAt(strings: Buffer, at: number): string {
  const end = strings.indexOf(0, at);
  return end < 0 ? '' : strings.toString('latin1', at, end);
}
