import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, SystemError } from '../../../../src/base/error.js';
import { readSection, readVmlinux } from '../../../../src/parsers/symbols/vmlinux.js';

interface MadeSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly data: Buffer;
  readonly link?: number;
}

const BUILD_ID = '0102030405060708090a0b0c0d0e0f1011121314';
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vmlinux-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function strings(names: readonly string[]): { data: Buffer; at: (name: string) => number } {
  const text = `\0${names.join('\0')}\0`;
  return { data: Buffer.from(text, 'latin1'), at: (name) => text.indexOf(`\0${name}\0`) + 1 };
}

/** name, binding and type, section number, value. */
const SYMBOLS: [string, number, number, bigint][] = [
  ['_text', 0x10, 1, 0xffff_ffff_8100_0000n],
  ['local_function', 0x02, 1, 0xffff_ffff_8100_0010n],
  ['weak_function', 0x22, 1, 0xffff_ffff_8100_0020n],
  ['weak_object', 0x21, 3, 0xffff_ffff_8200_0008n],
  ['constant', 0x11, 2, 0xffff_ffff_8180_0000n],
  ['variable', 0x11, 3, 0xffff_ffff_8200_0000n],
  ['zeroed', 0x01, 4, 0xffff_ffff_8300_0000n],
  ['percpu', 0x11, 3, 0x1fb80n],
  ['phys_startup_64', 0x10, 0xfff1, 0x100_0000n],
  ['elsewhere', 0x10, 0, 0n],
  ['file.c', 0x04, 0xfff1, 0n],
];

function gnuNote(): Buffer {
  const note = Buffer.alloc(36);
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(20, 4);
  note.writeUInt32LE(3, 8);
  note.write('GNU\0', 12, 'latin1');
  note.write(BUILD_ID, 16, 'hex');
  return note;
}

function symbolTable(at: (name: string) => number): Buffer {
  const table = Buffer.alloc(24 * (SYMBOLS.length + 1));
  SYMBOLS.forEach(([name, info, section, value], i) => {
    const start = 24 * (i + 1);
    table.writeUInt32LE(at(name), start);
    table.writeUInt8(info, start + 4);
    table.writeUInt16LE(section, start + 6);
    table.writeBigUInt64LE(value, start + 8);
  });
  return table;
}

function made(machine = 62, withSymbols = true): string {
  const names = strings(SYMBOLS.map(([name]) => name));
  const empty = Buffer.alloc(0);
  const sections: MadeSection[] = [
    { name: '', type: 0, flags: 0, data: empty },
    { name: '.text', type: 1, flags: 6, data: empty },
    { name: '.rodata', type: 1, flags: 2, data: empty },
    { name: '.data', type: 1, flags: 3, data: empty },
    { name: '.bss', type: 8, flags: 3, data: empty },
    { name: '.notes', type: 7, flags: 2, data: gnuNote() },
    { name: '.BTF', type: 1, flags: 2, data: Buffer.from('blob') },
    { name: '.strtab', type: 3, flags: 0, data: names.data },
    { name: '.symtab', type: withSymbols ? 2 : 1, flags: 0, data: symbolTable(names.at), link: 7 },
  ];
  const path = join(directory, `made-${machine}-${withSymbols}`);
  writeFileSync(path, elf(sections, machine));
  return path;
}

function elf(sections: readonly MadeSection[], machine: number): Buffer {
  const names = strings([...sections.map(({ name }) => name).slice(1), '.shstrtab']);
  const all = [...sections, { name: '.shstrtab', type: 3, flags: 0, data: names.data }];
  const header = Buffer.alloc(64);
  header.write('7f454c46020101', 'hex');
  header.writeUInt16LE(machine, 18);
  const table = Buffer.alloc(64 * all.length);
  let offset = 64;
  all.forEach(({ name, type, flags, data, link = 0 }, i) => {
    table.writeUInt32LE(name === '' ? 0 : names.at(name), i * 64);
    table.writeUInt32LE(type, i * 64 + 4);
    table.writeUInt32LE(flags, i * 64 + 8);
    table.writeBigUInt64LE(BigInt(offset), i * 64 + 24);
    table.writeBigUInt64LE(BigInt(data.length), i * 64 + 32);
    table.writeUInt32LE(link, i * 64 + 40);
    offset += data.length;
  });
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(all.length, 60);
  header.writeUInt16LE(all.length - 1, 62);
  return Buffer.concat([header, ...all.map(({ data }) => data), table]);
}

describe('a vmlinux', () => {
  test('gives the symbols and letters that nm gives', () => {
    const { symbols, buildId } = readVmlinux(made());
    expect(Object.fromEntries(symbols.map(({ name, type }) => [name, type]))).toEqual({
      percpu: 'D',
      phys_startup_64: 'A',
      _text: 'T',
      local_function: 't',
      weak_function: 'W',
      constant: 'R',
      variable: 'D',
      weak_object: 'V',
      zeroed: 'b',
    });
    expect(symbols.map(({ name }) => name).slice(0, 3)).toEqual(['percpu', 'phys_startup_64', '_text']);
    expect(buildId).toBe(BUILD_ID);
  });

  test('keeps the low bits of its addresses', () => {
    expect(readVmlinux(made()).value('weak_object')).toBe(-0x7e00_0000 + 8);
  });

  test('gives a section by its name', () => {
    expect(Buffer.from(readSection(made(), '.BTF') ?? []).toString()).toBe('blob');
    expect(readSection(made(), '.none')).toBeUndefined();
  });

  test('of another machine, without symbols, or that is none is refused', () => {
    const path = join(directory, 'text');
    writeFileSync(path, 'hello');
    expect(() => readVmlinux(path)).toThrow(InputError);
    expect(() => readVmlinux(made(183))).toThrow(/no x86-64 ELF/);
    expect(() => readVmlinux(made(62, false))).toThrow(/no symbol table/);
    expect(() => readVmlinux(join(directory, 'none'))).toThrow(SystemError);
  });
});
