// A whole machine's memory with a kernel in it, as little of one as it takes to be found: banner, notes, kallsyms,
// page tables, region bases, VMCOREINFO and a memory map.

import { encodeKallsyms, type KallsymsEra, type MadeSymbol } from './kallsyms-encoder.js';
import { PageTableMaker } from './page-table-maker.js';
import { SparseMemory } from './sparse-memory.js';

const MIB = 1 << 20;
export const MEMORY_BYTES = 128 * MIB;
const IMAGE_BYTES = 8 * MIB;
const RODATA = 2 * MIB;
const DATA = 6 * MIB;
const KALLSYMS = RODATA + 0x1_0000;
const LINKED_TEXT = 0xffff_ffff_8100_0000n;

export interface Making {
  readonly era: KallsymsEra;
  readonly levels: 4 | 5;
  /** Physical address of _text. */
  readonly text: number;
  /** KASLR: run-time minus link-time address of _text. */
  readonly kaslr: bigint;
  readonly directMap: bigint;
  readonly release: string;
  readonly buildId: string;
  /** The crash kernel knows where the dead kernel's ELF headers are. */
  readonly isCrashKernel: boolean;
  /** What it keeps free for a crash kernel: crashk_res; null for nothing. */
  readonly reserves: readonly [start: number, end: number] | null;
  /** CONFIG_RANDOMIZE_MEMORY: without it there are no variables with the bases of regions. */
  readonly hasBases: boolean;
  /** RAM as the firmware tells it. */
  readonly ram: readonly [start: number, end: number][];
}

const USUAL: Making = {
  era: '6.4',
  levels: 4,
  text: 32 * MIB,
  kaslr: 0x1260_0000n,
  directMap: 0xffff_9d40_0000_0000n,
  release: '6.12.0-made',
  buildId: '00112233445566778899aabbccddeeff00112233',
  isCrashKernel: false,
  reserves: null,
  hasBases: true,
  ram: [[0, MEMORY_BYTES]],
};

export interface MadeMachine {
  readonly memory: SparseMemory;
  readonly symbols: readonly MadeSymbol[];
  /** Physical address of a part of the kernel. */
  readonly at: {
    readonly head: number;
    readonly kallsyms: number;
    readonly root: number;
    readonly note: number;
  };
  readonly banner: string;
}

/** Places within the image, from _text on. */
const PLACES = {
  _text: 0,
  __start_rodata: RODATA,
  linux_banner: RODATA + 0x4000,
  page_offset_base: RODATA + 0x5000,
  vmalloc_base: RODATA + 0x5008,
  vmemmap_base: RODATA + 0x5010,
  __start_notes: RODATA + 0x6000,
  __stop_notes: RODATA + 0x6000 + 24 + 36,
  __end_rodata: DATA,
  init_top_pgt: DATA,
  elfcorehdr_addr: DATA + 0x1_0000,
  vmcoreinfo_note: DATA + 0x1_0008,
  e820_table: DATA + 0x1_0010,
  init_task: DATA + 0x1_1000,
  crashk_res: DATA + 0x1_8000,
  _end: IMAGE_BYTES,
} as const;

export function madeMachine(
  wishes: Partial<Making> = {},
  memory = new SparseMemory(MEMORY_BYTES),
): MadeMachine {
  const making = { ...USUAL, ...wishes };
  const { text, directMap } = making;
  const banner = `Linux version ${making.release} (made@test) #1 SMP`;
  const symbols = madeSymbols(making);
  const note = text + IMAGE_BYTES + 0x2000;
  const e820 = text + IMAGE_BYTES + 0x8000;
  const put = (name: keyof typeof PLACES, value: bigint) => memory.u64(text + PLACES[name], value);
  memory.text(text + RODATA + 0x20, `Linux version ${making.release} (made@test) # SMP`);
  memory.text(text + PLACES.linux_banner, `${banner}\n`);
  put('page_offset_base', directMap);
  put('vmalloc_base', making.levels === 5 ? 0xffa0_1000_0000_0000n : 0xffff_b000_0000_0000n);
  put('vmemmap_base', making.levels === 5 ? 0xffd4_1000_0000_0000n : 0xffff_e000_0000_0000n);
  put('elfcorehdr_addr', making.isCrashKernel ? 0x300_0000n : -1n);
  put('vmcoreinfo_note', directMap + BigInt(note));
  put('e820_table', directMap + BigInt(e820));
  const crashName = DATA + 0x1_8040;
  const [start, end] = making.reserves ?? [0, 1];
  memory.u64(text + PLACES.crashk_res, BigInt(start));
  memory.u64(text + PLACES.crashk_res + 8, BigInt(end - 1));
  memory.u64(text + PLACES.crashk_res + 16, LINKED_TEXT + making.kaslr + BigInt(crashName));
  memory.text(text + crashName, 'Crash kernel');
  memory.write(text + PLACES.__start_notes, notes(making.buildId));
  memory.write(note, vmcoreinfo(making));
  memory.write(e820, e820Table(making.ram));
  const slide = Number(BigInt.asIntN(64, LINKED_TEXT + making.kaslr)) - text;
  memory.write(text + KALLSYMS, encodeKallsyms(symbols, making.era, { phys: text + KALLSYMS, slide }));
  mapAll(memory, making);
  const at = { head: text + RODATA, kallsyms: text + KALLSYMS, root: text + PLACES.init_top_pgt, note };
  return { memory, symbols, at, banner };
}

function madeSymbols({ era, kaslr, hasBases }: Making): MadeSymbol[] {
  const text = Number(BigInt.asIntN(64, LINKED_TEXT + kaslr));
  const percpu = ['5.10', '6.2', '6.4'].includes(era)
    ? [{ name: '__per_cpu_start', type: 'A', address: 0 }]
    : [];
  const functions = Array.from({ length: 4200 }, (_, i) => ({
    name: `read_symbol_${i}`,
    type: 't',
    address: text + 64 + i * 64,
  }));
  const places = Object.entries(PLACES)
    .filter(([name]) => hasBases || !name.endsWith('_base'))
    .map(([name, offset]) => ({
      name,
      type: 'D',
      address: text + offset,
    }));
  return [...percpu, ...[...places, ...functions].sort((a, b) => a.address - b.address)];
}

function mapAll(memory: SparseMemory, { levels, text, kaslr, directMap }: Making): void {
  const maker = new PageTableMaker(memory, text + PLACES.init_top_pgt, levels, text + DATA + 0x2_0000);
  for (let at = 0; at < IMAGE_BYTES; at += 2 * MIB) maker.map(LINKED_TEXT + kaslr + BigInt(at), text + at);
  for (let at = 0; at < MEMORY_BYTES; at += 2 * MIB) maker.map(directMap + BigInt(at), at);
}

/** A foreign note, then the GNU build id. */
function notes(buildId: string): Uint8Array {
  const out = Buffer.alloc(24 + 36);
  out.writeUInt32LE(4, 0);
  out.writeUInt32LE(6, 4);
  out.write('Xen\0linux\0', 12, 'latin1');
  out.writeUInt32LE(4, 24);
  out.writeUInt32LE(20, 28);
  out.writeUInt32LE(3, 32);
  out.write('GNU\0', 36, 'latin1');
  out.write(buildId, 40, 'hex');
  return out;
}

/** The text of a kernel's note. */
export function vmcoreinfoOf(wishes: Partial<Making>): Buffer {
  const { release, buildId, text, kaslr } = { ...USUAL, ...wishes };
  const virtual = LINKED_TEXT + kaslr;
  const base = text - Number(virtual - 0xffff_ffff_8000_0000n);
  const lines = [
    `OSRELEASE=${release}`,
    `BUILD-ID=${buildId}`,
    `SYMBOL(_stext)=${virtual.toString(16)}`,
    `NUMBER(phys_base)=${base}`,
    `KERNELOFFSET=${kaslr.toString(16)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

function vmcoreinfo(making: Making): Uint8Array {
  const desc = vmcoreinfoOf(making);
  const out = Buffer.alloc(24 + desc.length + 8);
  out.writeUInt32LE(11, 0);
  out.writeUInt32LE(desc.length, 4);
  out.write('VMCOREINFO', 12, 'latin1');
  desc.copy(out, 24);
  return out;
}

function e820Table(ram: readonly [start: number, end: number][]): Uint8Array {
  const out = Buffer.alloc(4 + ram.length * 20);
  out.writeUInt32LE(ram.length, 0);
  ram.forEach(([start, end], i) => {
    out.writeBigUInt64LE(BigInt(start), 4 + i * 20);
    out.writeBigUInt64LE(BigInt(end - start), 12 + i * 20);
    out.writeUInt32LE(1, 20 + i * 20);
  });
  return out;
}
