// A kernel made up for unwinding: functions with ORC entries, a stack, and the symbols that the readers look for.
import type { Kva } from '../../../../src/base/address.js';
import type { Kernel } from '../../../../src/parsers/kernel/kernel.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

export const FUNCTION_BYTES = 64;
const FUNCTIONS = 64;
const STACK_BYTES = 16384;

/** Numbers and bits of an era of struct orc_entry. */
export interface OrcEra {
  readonly types: Record<string, string>;
  readonly sp: number;
  readonly bp: number;
  readonly prevSp: number;
  /** Bits behind the two register numbers. */
  readonly flags: {
    readonly call: number;
    readonly regs: number;
    readonly partial: number;
    readonly end: number;
  };
}

const OFFSETS = { sp_offset: 'u16', bp_offset: 'u16', sp_reg: 'u16:4', bp_reg: 'u16:4' };

export const ERAS: Record<string, OrcEra> = {
  '5.10: end bit': {
    types: { ...OFFSETS, type: 'u16:2', end: 'u16:1' },
    sp: 5,
    bp: 4,
    prevSp: 1,
    flags: { call: 0, regs: 1, partial: 2, end: 4 },
  },
  '6.3: signal and end bits': {
    types: { ...OFFSETS, type: 'u16:2', signal: 'u16:1', end: 'u16:1' },
    sp: 5,
    bp: 4,
    prevSp: 1,
    flags: { call: 0, regs: 1 | 4, partial: 2 | 4, end: 8 },
  },
  '6.4: wide type': {
    types: { ...OFFSETS, type: 'u16:3', signal: 'u16:1' },
    sp: 5,
    bp: 4,
    prevSp: 1,
    flags: { call: 2, regs: 3 | 8, partial: 4 | 8, end: 1 },
  },
  '7.1: registers reordered': {
    types: { ...OFFSETS, type: 'u16:3', signal: 'u16:1' },
    sp: 3,
    bp: 4,
    prevSp: 8,
    flags: { call: 2, regs: 3 | 8, partial: 4 | 8, end: 1 },
  },
};

/** How a function's frame is found: by the stack pointer, by the frame pointer, or through saved registers. */
export interface FrameKind {
  readonly base: 'sp' | 'bp' | 'none';
  readonly offset: number;
  readonly type: keyof OrcEra['flags'];
  /** Where the caller's frame pointer was saved, from the caller's stack pointer. */
  readonly savedBp?: number;
}

const REGS = 'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss'.split(' ');

export class MadeUpStack {
  readonly made = new SyntheticKernel();
  readonly text: Kva;
  readonly stack: Kva;
  readonly task: Kva;
  private readonly frames: FrameKind[] = [];

  constructor(readonly era: OrcEra) {
    const { made } = this;
    made.types
      .struct('orc_entry', era.types, 6)
      .struct('pt_regs', Object.fromEntries(REGS.map((name) => [name, 'u64'])))
      .struct('inactive_task_frame', {
        r15: 'u64',
        r14: 'u64',
        r13: 'u64',
        r12: 'u64',
        bx: 'u64',
        bp: 'u64',
        ret_addr: 'u64',
      })
      .struct('thread_struct', { sp: 'u64' })
      .struct('task_struct', { stack: 'ptr', thread: 'thread_struct', pid: 'i32', comm: 'char[16]' });
    this.text = made.alloc(FUNCTIONS * FUNCTION_BYTES, 4096);
    this.stack = made.alloc(STACK_BYTES, 4096);
    this.task = made.make('task_struct', { stack: this.stack });
    made.symbol('_stext', this.text);
  }

  get stackEnd(): Kva {
    return (this.stack + STACK_BYTES) as Kva;
  }

  /** Declares a function; returns an address within it, behind a call of `callee`. */
  add(name: string, frame: FrameKind, callee?: Kva): Kva {
    const start = (this.text + this.frames.length * FUNCTION_BYTES) as Kva;
    this.frames.push(frame);
    this.made.symbol(name, start);
    const ip = (start + 32) as Kva;
    this.made.poke((ip - 5) as Kva, 0xe8, 1);
    if (callee !== undefined)
      this.made.poke((ip - 4) as Kva, (callee - (callee % FUNCTION_BYTES) - ip) >>> 0, 4);
    return ip;
  }

  /** Start of the function that an address is in. */
  start(ip: Kva): Kva {
    return (ip - 32) as Kva;
  }

  push(at: number, ...words: readonly number[]): void {
    for (const [n, word] of words.entries()) this.made.poke((at + n * 8) as Kva, word);
  }

  regs(at: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.push(at + REGS.indexOf(name) * 8, value);
  }

  /** Lays the tables of all functions declared so far: an entry-like sample first, so that the era can be told. */
  kernel(): Kernel {
    const { made } = this;
    const entries: FrameKind[] = [];
    for (const frame of this.frames) entries.push({ base: 'sp', offset: 8, type: 'call' }, frame);
    const ips = made.alloc(entries.length * 4, 16);
    const table = made.alloc(1024 * 6 + entries.length * 6, 16);
    for (const [n, frame] of entries.entries()) {
      const start = this.text + Math.floor(n / 2) * FUNCTION_BYTES + (n % 2);
      const slot = (ips + n * 4) as Kva;
      made.poke(slot, start - slot, 4);
      this.entry((table + n * 6) as Kva, frame);
    }
    made.symbol('_etext', (this.text + this.frames.length * FUNCTION_BYTES) as Kva);
    made.symbol('__start_orc_unwind_ip', ips);
    made.symbol('__stop_orc_unwind_ip', (ips + entries.length * 4) as Kva);
    made.symbol('__start_orc_unwind', table);
    return made.kernel();
  }

  private entry(at: Kva, { base, offset, type, savedBp }: FrameKind): void {
    const spReg = base === 'none' ? 0 : this.era[base];
    const bpReg = savedBp === undefined ? 0 : this.era.prevSp;
    this.made.poke(at, offset, 2);
    this.made.poke((at + 2) as Kva, savedBp ?? 0, 2);
    this.made.poke((at + 4) as Kva, spReg | (bpReg << 4) | (this.era.flags[type] << 8), 2);
  }
}
