// One step of unwinding after another (unwind_next_frame in arch/x86/kernel/unwind_orc.c), over memory instead of a
// live stack. Whatever does not fit ends the walk and says so; each step must lead up the stack, so it always ends.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import type { OrcEntry } from './orc-entry.js';
import type { OrcTables } from './orc-table.js';
import { type Stack, stackOf } from './stacks.js';

export interface Registers {
  readonly ip: Kva;
  readonly sp: Kva;
  /** NaN where unknown. */
  readonly bp: Kva;
  /** The address was interrupted there, it is no return address. */
  readonly signal: boolean;
}

export interface Frame extends Registers {
  readonly stack: Stack;
  /** pt_regs that this frame's registers were taken from; null after an ordinary call. */
  readonly regs: Kva | null;
}

export interface Unwound {
  readonly frames: readonly Frame[];
  /** The stack's end was reached: entry from user mode, or the first function of a kernel thread. */
  readonly complete: boolean;
  /** pt_regs of the entry from user mode. */
  readonly userRegs: Kva | null;
  /** All of it is there; else only what the processor pushed: the other registers are still where they were. */
  readonly allSaved: boolean;
}

const MAX_FRAMES = 512;
const PT_REGS = {
  ip: 'ip',
  cs: 'cs',
  sp: 'sp',
  bp: 'bp',
  r10: 'r10',
  r13: 'r13',
  di: 'di',
  dx: 'dx',
  ax: 'ax',
} as const;
const USER_RPL = 3;

interface State extends Registers {
  /** Where registers were saved last, and whether all of pt_regs is there or only its iret frame. */
  readonly regs: Kva | null;
  readonly full: boolean;
  readonly previousRegs: Kva | null;
}

const unknown = Number.NaN as Kva;

export class Unwinder {
  private readonly at;

  constructor(
    private readonly kernel: Kernel,
    private readonly tables: OrcTables,
    private readonly stacks: readonly Stack[],
  ) {
    this.at = kernel.layout('pt_regs', PT_REGS);
  }

  /** From known registers to the end of the stack, or as far as it goes. The first frame is `start` itself. */
  unwind(start: Registers, regs: Kva | null = null): Unwound {
    const frames: Frame[] = [];
    let state: State = { ...start, regs, full: true, previousRegs: null };
    while (frames.length < MAX_FRAMES) {
      if (state.regs !== null && this.isUser(state.regs))
        return { frames, complete: true, userRegs: state.regs, allSaved: state.full };
      const stack = stackOf(this.stacks, state.sp, 0);
      if (stack === undefined || !(state.ip < 0)) break;
      frames.push({
        ip: state.ip,
        sp: state.sp,
        bp: state.bp,
        signal: state.signal,
        regs: state.regs,
        stack,
      });
      const next = this.attempt(state);
      if (next === 'end') return { frames, complete: true, userRegs: null, allSaved: false };
      if (next === null || !this.leadsUp(stack, state.sp, next.sp)) break;
      state = next;
    }
    return { frames, complete: false, userRegs: null, allSaved: false };
  }

  private leadsUp(stack: Stack, from: Kva, to: Kva): boolean {
    return !(to >= stack.start && to < stack.end) || to > from;
  }

  private attempt(state: State): State | 'end' | null {
    try {
      return this.step(state);
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  private step(state: State): State | 'end' | null {
    const orc = this.tables.find((state.signal ? state.ip : state.ip - 1) as Kva);
    if (orc === undefined || orc.type === 'undefined') return null;
    if (orc.type === 'end') return 'end';
    const sp = this.callerSp(state, orc);
    if (!stackOf(this.stacks, sp, 0)) return null;
    const next = this.callerOf(state, orc, sp);
    return next && { ...next, bp: this.callerBp(state, next, orc, sp) };
  }

  /** The stack pointer as it was before the call or interrupt; NaN where it cannot be told. */
  private callerSp(state: State, orc: OrcEntry): Kva {
    switch (this.tables.register(orc.spReg)) {
      case 'sp':
        return (state.sp + orc.spOffset) as Kva;
      case 'bp':
        return (state.bp + orc.spOffset) as Kva;
      case 'sp-indirect':
        return (this.word(state.sp) + orc.spOffset) as Kva;
      case 'bp-indirect':
        return this.word((state.bp + orc.spOffset) as Kva);
      case 'r10':
        return this.saved(state, this.at.r10);
      case 'r13':
        return this.saved(state, this.at.r13);
      case 'di':
        return this.saved(state, this.at.di);
      case 'dx':
        return this.saved(state, this.at.dx);
      case 'ax':
        return this.saved(state, this.at.ax);
      default:
        return unknown;
    }
  }

  private callerOf(state: State, orc: OrcEntry, sp: Kva): State | null {
    const bp = state.bp;
    switch (orc.type) {
      case 'call':
        return {
          ip: this.word((sp - 8) as Kva),
          sp,
          bp,
          signal: orc.signal ?? false,
          regs: null,
          full: false,
          previousRegs: null,
        };
      case 'regs':
        return { ...this.interrupted(state, sp, true), signal: orc.signal ?? true };
      case 'partial-regs':
        return { ...this.interrupted(state, (sp - this.at.ip) as Kva, false), signal: orc.signal ?? true };
      default:
        return null;
    }
  }

  private interrupted(state: State, regs: Kva, full: boolean): State {
    const { mem } = this.kernel;
    const previousRegs = full ? null : (state.regs ?? state.previousRegs);
    return {
      ip: mem.ptr(regs, this.at.ip),
      sp: mem.ptr(regs, this.at.sp),
      bp: state.bp,
      signal: true,
      regs,
      full,
      previousRegs,
    };
  }

  private callerBp(state: State, next: State, orc: OrcEntry, sp: Kva): Kva {
    switch (this.tables.register(orc.bpReg)) {
      case 'prev-sp':
        return this.word((sp + orc.bpOffset) as Kva);
      case 'bp':
        return this.word((state.bp + orc.bpOffset) as Kva);
      default:
        return next.regs !== null && next.full ? this.word((next.regs + this.at.bp) as Kva) : state.bp;
    }
  }

  /** A register that only saved registers can tell. */
  private saved(state: State, offset: number): Kva {
    const regs = state.full ? state.regs : state.previousRegs;
    return regs === null ? unknown : this.word((regs + offset) as Kva);
  }

  /** A word of a stack; NaN where it is not on one, or is no address. */
  private word(at: Kva): Kva {
    if (!stackOf(this.stacks, at)) return unknown;
    const { mem } = this.kernel;
    return mem.fold.fromWords(mem.u32(at), mem.u32(at, 4));
  }

  private isUser(regs: Kva): boolean {
    return (this.kernel.mem.u8(regs, this.at.cs) & USER_RPL) === USER_RPL;
  }
}
