// One user frame after another: by call frame information; where a file has none (or it is not in memory), by the frame
// pointer; else by the first word on the stack that looks like a return address. The two last are guesses.

import type { Kva } from '../../../base/address.js';
import { Fault } from '../../../base/fault.js';
import type { UserFrame, UserRegisters } from '../../../snapshot/thread.js';
import type { UserMemory } from '../../mm/user-memory.js';
import { callBefore } from '../../stack/call-site.js';
import { type Rule, rowFor } from './cfi-program.js';
import { evaluate, type Machine } from './dwarf-expression.js';
import { findFde } from './eh-frame.js';
import type { MappedElf } from './mapped-elf.js';
import { CALLEE_SAVED, COUNT, DWARF, type FrameRegisters, firstFrame } from './registers.js';

export interface Frame {
  readonly registers: FrameRegisters;
  readonly by: UserFrame['by'];
  /** The address is where it was interrupted, not behind a call. */
  readonly exact: boolean;
}

export interface Unwound {
  readonly frames: readonly Frame[];
  readonly complete: boolean;
}

const MAX_FRAMES = 256;
/** `_start` of every C library is shorter. */
const ENTRY_BYTES = 64;
const SCANNED_WORDS = 512;
const UNKNOWN: Rule = { kind: 'undefined' };
const SAME: Rule = { kind: 'same' };

export class UserUnwinder {
  constructor(
    private readonly memory: UserMemory,
    private readonly elfAt: (address: number) => MappedElf | undefined,
  ) {}

  unwind(regs: UserRegisters): Unwound {
    const frames: Frame[] = [{ registers: firstFrame(regs), by: 'registers', exact: true }];
    while (frames.length < MAX_FRAMES) {
      const frame = frames.at(-1) as Frame;
      const next = this.next(frame);
      if (next === 'end') return { frames, complete: true };
      if (next === null || !leadsUp(frame, next)) return { frames, complete: this.isEntry(frame) };
      frames.push(next);
    }
    return { frames, complete: false };
  }

  /** Nothing called the first function of a program, whether its call frame information is there to say so or not. */
  private isEntry({ registers }: Frame): boolean {
    const ip = addressOf(registers[DWARF.ip]);
    const elf = this.elfAt(ip);
    const entry = elf && elf.header.entry + elf.bias;
    return entry !== undefined && ip >= entry && ip < entry + ENTRY_BYTES;
  }

  private next(frame: Frame): Frame | 'end' | null {
    const found = this.attempt(() => this.byCallFrameInformation(frame));
    if (found === 'end' || found !== null) return found;
    return this.attempt(() => this.byFramePointer(frame)) ?? this.attempt(() => this.byScan(frame));
  }

  /** A fault here is no fault of the dump: pages of user memory may be anywhere. */
  private attempt<T>(read: () => T | null): T | null {
    try {
      return read();
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  private byCallFrameInformation(frame: Frame): Frame | 'end' | null {
    const ip = addressOf(frame.registers[DWARF.ip]);
    if (ip === 0) return 'end';
    const pc = frame.exact ? ip : ip - 1;
    const elf = this.elfAt(pc);
    const fde = elf && findFde(elf, pc);
    if (fde === undefined) return null;
    const { cfa, rules } = rowFor(fde, pc);
    if (rules.get(fde.cie.returnRegister)?.kind === 'undefined') return 'end';
    const machine = this.machine(frame.registers);
    const base =
      'expression' in cfa
        ? evaluate(cfa.expression, machine, [])
        : machine.register(cfa.register) + BigInt(cfa.offset);
    const registers = Array.from({ length: COUNT }, (_, n) => {
      const rule = rules.get(n) ?? (CALLEE_SAVED.includes(n) ? SAME : UNKNOWN);
      if (n === DWARF.sp && !rules.has(n)) return base;
      return this.restored(rule, n, base, frame.registers, machine);
    });
    if (fde.cie.returnRegister !== DWARF.ip) registers[DWARF.ip] = registers[fde.cie.returnRegister];
    if (registers[DWARF.ip] === undefined) return null;
    return { registers, by: fde.cie.signal ? 'signal frame' : 'eh_frame', exact: fde.cie.signal };
  }

  private restored(rule: Rule, n: number, cfa: bigint, regs: FrameRegisters, machine: Machine) {
    switch (rule.kind) {
      case 'same':
        return regs[n];
      case 'offset':
        return this.optional(() => machine.load(cfa + BigInt(rule.offset)));
      case 'value':
        return cfa + BigInt(rule.offset);
      case 'register':
        return regs[rule.register];
      case 'expression':
        return this.optional(() => machine.load(evaluate(rule.expression, machine, [cfa])));
      case 'value-expression':
        return this.optional(() => evaluate(rule.expression, machine, [cfa]));
      default:
        return undefined;
    }
  }

  private optional(read: () => bigint): bigint | undefined {
    return this.attempt(read) ?? undefined;
  }

  private machine(regs: FrameRegisters): Machine {
    return {
      register: (n) => {
        const value = regs[n];
        if (value === undefined) throw new Fault('unknown', `register ${n} of a user frame is not known`);
        return value;
      },
      load: (address) => this.word(addressOf(address)),
    };
  }

  private word(address: number): bigint {
    const bytes = this.memory.read(address, 8);
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }

  private byFramePointer({ registers }: Frame): Frame | null {
    const [bp, sp] = [addressOf(registers[DWARF.bp]), addressOf(registers[DWARF.sp])];
    const stack = this.memory.vmaAt(sp);
    if (stack === undefined || bp < sp || bp + 16 > stack.end || bp % 8 !== 0) return null;
    const ip = this.word(bp + 8);
    if (!this.isReturnAddress(ip)) return null;
    return this.guessed({ ip, sp: BigInt(bp + 16), bp: this.word(bp) }, 'frame pointer');
  }

  private byScan({ registers }: Frame): Frame | null {
    const sp = addressOf(registers[DWARF.sp]);
    const stack = this.memory.vmaAt(sp);
    if (stack === undefined || sp % 8 !== 0) return null;
    for (let at = sp; at < Math.min(stack.end, sp + SCANNED_WORDS * 8); at += 8) {
      const ip = this.word(at);
      if (this.isReturnAddress(ip)) return this.guessed({ ip, sp: BigInt(at + 8), bp: undefined }, 'scan');
    }
    return null;
  }

  private guessed(
    { ip, sp, bp }: { ip: bigint; sp: bigint; bp: bigint | undefined },
    by: UserFrame['by'],
  ): Frame {
    const registers = Array.from<bigint | undefined>({ length: COUNT });
    registers[DWARF.ip] = ip;
    registers[DWARF.sp] = sp;
    registers[DWARF.bp] = bp;
    return { registers, by, exact: false };
  }

  /** In executable memory, behind a call instruction. */
  private isReturnAddress(word: bigint): boolean {
    const address = addressOf(word);
    if (this.memory.vmaAt(address)?.perms[2] !== 'x') return false;
    const code = { bytes: (at: Kva, length: number) => this.memory.read(at, length) };
    return this.attempt(() => callBefore(code, address as Kva) !== undefined) ?? false;
  }
}

/** A register as an address; 0 for what can be none. */
export function addressOf(value: bigint | undefined): number {
  const number = Number(value ?? 0n);
  return Number.isSafeInteger(number) ? number : 0;
}

/** Each frame is above the one that it called; the innermost may have taken its return address off the stack already. */
function leadsUp(from: Frame, to: Frame): boolean {
  const [before, after] = [addressOf(from.registers[DWARF.sp]), addressOf(to.registers[DWARF.sp])];
  if (to.by === 'signal frame') return after !== before;
  return from.exact ? after >= before : after > before;
}
