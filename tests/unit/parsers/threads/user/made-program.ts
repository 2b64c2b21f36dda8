// A static program as a process has it mapped: code at one place, an ELF header and .eh_frame at another, and a stack.

import type { Vma } from '../../../../../src/snapshot/mm.js';
import type { UserRegisters } from '../../../../../src/snapshot/thread.js';
import { vma } from '../../mm/made-mm.js';
import { laid, MadeProcess, words } from '../made-process.js';

/** Where the file is mapped: its header and tables, then its code. It is mapped as the vDSO is, without a file. */
export const BASE = 0x7fff_f000_0000;
export const CODE = BASE + 0x1000;
export const STACK = 0x7ffd_0000_0000;
const TABLE = 0x100;
const FRAMES = 0x200;

/** CIE: `zR`, pcrel sdata4, CFA = r7+8, r16 at CFA-8; `S` for a signal frame. */
const cie = (signal: boolean) => {
  const augmentation = signal ? 'zRS\0' : 'zR\0';
  return padded([...u32(0), 1, ...Buffer.from(augmentation), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1]);
};

function u32(value: number): number[] {
  return [...new Uint8Array(Int32Array.of(value).buffer)];
}

function padded(body: readonly number[]): number[] {
  const room = Math.ceil(body.length / 4) * 4;
  return [...u32(room), ...body, ...Array<number>(room - body.length).fill(0)];
}

export interface MadeFunction {
  /** Bytes from CODE. */
  readonly start: number;
  readonly length: number;
  readonly instructions: readonly number[];
  readonly signal?: boolean;
}

/** The first page of the file: headers, the sorted table (unless left out), and .eh_frame. */
export function firstPage(functions: readonly MadeFunction[], hasTable: boolean): Uint8Array {
  const [plain, signal] = [cie(false), cie(true)];
  let frames: number[] = [...plain, ...signal];
  const entries: number[][] = [];
  for (const { start, length, instructions, signal: isSignal } of functions) {
    const at = FRAMES + frames.length;
    const body = [
      ...u32(at + 4 - FRAMES - (isSignal ? plain.length : 0)),
      ...u32(0x1000 + start - (at + 8)),
      ...u32(length),
      ...[0, ...instructions],
    ];
    frames = [...frames, ...padded(body)];
    entries.push([...u32(0x1000 + start - TABLE), ...u32(at - TABLE)]);
  }
  const table = [
    1,
    0x1b,
    0x03,
    0x3b,
    ...u32(FRAMES - TABLE - 4),
    ...u32(functions.length),
    ...entries.flat(),
  ];
  return laid(4096, {
    0: header(hasTable ? 3 : 2),
    [TABLE]: Uint8Array.from(table),
    [FRAMES]: Uint8Array.from(frames),
  });
}

/** PT_LOAD of tables and of code, PT_GNU_EH_FRAME. */
function header(segments: number): Uint8Array {
  const ident = words(0x0001_0102_464c_457fn, 0, 0, 0, 64);
  const bytes = laid(64 + 3 * 56, { 0: ident });
  const view = new DataView(bytes.buffer);
  view.setUint16(56, segments, true);
  const load = (n: number, type: number, flags: number, offset: number, size: number) => {
    const at = 64 + n * 56;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    for (const [place, value] of [
      [8, offset],
      [16, offset],
      [32, size],
    ] as const) {
      view.setBigUint64(at + place, BigInt(value), true);
    }
  };
  load(0, 1, 4, 0, 4096);
  load(1, 1, 5, 4096, 4096);
  load(2, 0x6474_e550, 4, TABLE, 0x100);
  return bytes;
}

export function program(page: Uint8Array, stack: readonly (number | bigint)[], code = new Uint8Array(8)) {
  const made = new MadeProcess();
  made.mapBytes(BASE, page);
  made.mapBytes(CODE, code);
  made.mapBytes(STACK, words(...stack));
  const vmas: Vma[] = [
    vma(STACK, 1, { name: '[stack]' }),
    vma(BASE, 2, { name: '[vdso]', perms: 'r-xp', anonymous: false }),
  ];
  return made.open(vmas);
}

/** Registers at an offset of the code, the stack pointer at a word of the stack. */
export function at(offset: number, word: number, bp = 0): UserRegisters {
  const names = ['r15', 'r14', 'r13', 'r12', 'bx', 'r11', 'r10', 'r9', 'r8', 'ax', 'cx', 'dx', 'si', 'di'];
  return {
    ...Object.fromEntries(names.map((name) => [name, '0x0'])),
    ip: `0x${(CODE + offset).toString(16)}`,
    sp: `0x${(STACK + word * 8).toString(16)}`,
    bp: `0x${bp.toString(16)}`,
  } as UserRegisters;
}
