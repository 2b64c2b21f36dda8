// The table that call frame instructions spell: for one address, how to find the caller's frame and registers (DWARF 5,
// 6.4.2).

import { Fault } from '../../../base/fault.js';
import { DwarfReader } from './dwarf-reader.js';
import type { Fde } from './eh-frame.js';

export type Rule =
  | { readonly kind: 'undefined' | 'same' }
  /** Saved at, or the value of, the CFA plus so much. */
  | { readonly kind: 'offset' | 'value'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  /** Saved at, or the value of, what an expression says. */
  | { readonly kind: 'expression' | 'value-expression'; readonly expression: Uint8Array };

export type Cfa =
  | { readonly register: number; readonly offset: number }
  | { readonly expression: Uint8Array };

export interface Row {
  readonly cfa: Cfa;
  readonly rules: ReadonlyMap<number, Rule>;
}

const MAX_STEPS = 100_000;
const MAX_REMEMBERED = 64;
/** High two bits of an instruction with its operand in the low six. */
const ADVANCE = 1;
const OFFSET = 2;
const RESTORE = 3;

/** The row for a run-time address. */
export function rowFor(fde: Fde, pc: number): Row {
  const program = new Program(fde, pc);
  program.run(fde.cie.instructions, true);
  program.run(fde.instructions, false);
  return program.row();
}

class Program {
  private cfa: Cfa | undefined;
  private rules = new Map<number, Rule>();
  private initial: ReadonlyMap<number, Rule> = new Map();
  private location: number;
  private readonly remembered: { cfa: Cfa | undefined; rules: Map<number, Rule> }[] = [];

  constructor(
    private readonly fde: Fde,
    private readonly pc: number,
  ) {
    this.location = fde.start;
  }

  row(): Row {
    if (this.cfa === undefined) throw new Fault('corrupt', 'call frame information without a frame address');
    return { cfa: this.cfa, rules: this.rules };
  }

  run(instructions: Uint8Array, isInitial: boolean): void {
    const reader = new DwarfReader(instructions, 0);
    for (let n = 0; !reader.done && n < MAX_STEPS && this.location <= this.pc; n++) this.step(reader);
    if (isInitial) this.initial = new Map(this.rules);
  }

  private step(reader: DwarfReader): void {
    const code = reader.u8();
    const operand = code & 0x3f;
    switch (code >>> 6) {
      case ADVANCE:
        this.advance(operand);
        break;
      case OFFSET:
        this.rules.set(operand, this.factored('offset', reader.uleb()));
        break;
      case RESTORE:
        this.restore(operand);
        break;
      default:
        if (!this.movement(operand, reader) && !this.frame(operand, reader)) this.register(operand, reader);
    }
  }

  /** Instructions that move on, or keep and take back a whole row. */
  private movement(code: number, reader: DwarfReader): boolean {
    switch (code) {
      case 0x00: // nop
        return true;
      case 0x01: // set_loc
        this.location = reader.pointer(this.fde.cie.pointerEncoding);
        return true;
      case 0x02:
        return this.advance(reader.u8());
      case 0x03:
        return this.advance(reader.u16());
      case 0x04:
        return this.advance(reader.u32());
      case 0x0a: // remember_state
        if (this.remembered.length >= MAX_REMEMBERED) throw new Fault('bound', 'too many remembered states');
        this.remembered.push({ cfa: this.cfa, rules: new Map(this.rules) });
        return true;
      case 0x0b: // restore_state
        return this.recall();
      default:
        return false;
    }
  }

  /** def_cfa and its kin. */
  private frame(code: number, reader: DwarfReader): boolean {
    const { dataAlign } = this.fde.cie;
    switch (code) {
      case 0x0c:
        this.cfa = { register: reader.uleb(), offset: reader.uleb() };
        return true;
      case 0x0d:
        this.cfa = { register: reader.uleb(), offset: this.cfaOffset() };
        return true;
      case 0x0e:
        this.cfa = { register: this.cfaRegister(), offset: reader.uleb() };
        return true;
      case 0x0f:
        this.cfa = { expression: reader.block() };
        return true;
      case 0x12: // def_cfa_sf
        this.cfa = { register: reader.uleb(), offset: reader.sleb() * dataAlign };
        return true;
      case 0x13: // def_cfa_offset_sf
        this.cfa = { register: this.cfaRegister(), offset: reader.sleb() * dataAlign };
        return true;
      case 0x2e: // GNU_args_size
        reader.uleb();
        return true;
      default:
        return false;
    }
  }

  private register(code: number, reader: DwarfReader): void {
    const register = reader.uleb();
    if (code === 0x06) this.restore(register);
    else this.rules.set(register, this.rule(code, reader));
  }

  private rule(code: number, reader: DwarfReader): Rule {
    switch (code) {
      case 0x05:
        return this.factored('offset', reader.uleb());
      case 0x07:
        return { kind: 'undefined' };
      case 0x08:
        return { kind: 'same' };
      case 0x09:
        return { kind: 'register', register: reader.uleb() };
      case 0x10:
        return { kind: 'expression', expression: reader.block() };
      case 0x11:
        return this.factored('offset', reader.sleb());
      case 0x14:
        return this.factored('value', reader.uleb());
      case 0x15:
        return this.factored('value', reader.sleb());
      case 0x16:
        return { kind: 'value-expression', expression: reader.block() };
      case 0x2f: // GNU_negative_offset_extended
        return this.factored('offset', -reader.uleb());
      default:
        throw new Fault('corrupt', `call frame instruction 0x${code.toString(16)}`);
    }
  }

  private factored(kind: 'offset' | 'value', count: number): Rule {
    return { kind, offset: count * this.fde.cie.dataAlign };
  }

  private advance(count: number): true {
    this.location += count * this.fde.cie.codeAlign;
    return true;
  }

  private recall(): true {
    const state = this.remembered.pop();
    if (state === undefined) throw new Fault('corrupt', 'call frame information restores what it never kept');
    ({ cfa: this.cfa, rules: this.rules } = state);
    return true;
  }

  private restore(register: number): void {
    const rule = this.initial.get(register);
    if (rule === undefined) this.rules.delete(register);
    else this.rules.set(register, rule);
  }

  private cfaOffset(): number {
    return this.cfa !== undefined && 'offset' in this.cfa ? this.cfa.offset : 0;
  }

  private cfaRegister(): number {
    if (this.cfa !== undefined && 'register' in this.cfa) return this.cfa.register;
    throw new Fault('corrupt', 'call frame information without a frame register');
  }
}
