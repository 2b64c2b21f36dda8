// DWARF expressions, as far as call frame information uses them: PLT entries, signal frames, stacks that were realigned
// (DWARF 5, 2.5).

import { Fault } from '../../../base/fault.js';
import { DwarfReader } from './dwarf-reader.js';

const MAX_STEPS = 1000;

export interface Machine {
  readonly register: (number: number) => bigint;
  readonly load: (address: bigint) => bigint;
}

/** `start`: what is on the stack at first (the CFA, for registers). */
export function evaluate(expression: Uint8Array, machine: Machine, start: readonly bigint[]): bigint {
  const reader = new DwarfReader(expression, 0);
  const stack = [...start];
  for (let n = 0; !reader.done && n < MAX_STEPS; n++) step(reader, stack, machine);
  return pop(stack);
}

function pop(stack: bigint[]): bigint {
  const value = stack.pop();
  if (value === undefined) throw new Fault('corrupt', 'an expression takes more than it has');
  return value;
}

function step(reader: DwarfReader, stack: bigint[], machine: Machine): void {
  const code = reader.u8();
  const push = (value: bigint) => void stack.push(BigInt.asUintN(64, value));
  const constant = constantOf(code, reader);
  if (constant !== undefined) push(BigInt(constant));
  else if (code >= 0x70 && code <= 0x8f) push(machine.register(code - 0x70) + BigInt(reader.sleb()));
  else if (code === 0x92) push(machine.register(reader.uleb()) + BigInt(reader.sleb()));
  else if (code === 0x06) push(machine.load(pop(stack)));
  else if (code === 0x12) push(stack.at(-1) ?? pop(stack));
  else if (code === 0x13) pop(stack);
  else if (code === 0x16) stack.push(pop(stack), pop(stack));
  else if (code === 0x23) push(pop(stack) + BigInt(reader.uleb()));
  else push(binary(code, stack));
}

/** Literals and constants. */
function constantOf(code: number, reader: DwarfReader): number | undefined {
  if (code >= 0x30 && code <= 0x4f) return code - 0x30;
  switch (code) {
    case 0x08:
      return reader.u8();
    case 0x09:
      return reader.i8();
    case 0x0a:
      return reader.u16();
    case 0x0b:
      return reader.i16();
    case 0x0c:
      return reader.u32();
    case 0x0d:
      return reader.i32();
    case 0x10:
      return reader.uleb();
    case 0x11:
      return reader.sleb();
    default:
      return undefined;
  }
}

function binary(code: number, stack: bigint[]): bigint {
  const right = pop(stack);
  const left = pop(stack);
  const [signedLeft, signedRight] = [BigInt.asIntN(64, left), BigInt.asIntN(64, right)];
  switch (code) {
    case 0x1a:
      return left & right;
    case 0x1c:
      return left - right;
    case 0x1e:
      return left * right;
    case 0x21:
      return left | right;
    case 0x22:
      return left + right;
    case 0x24:
      return right < 64n ? left << right : 0n;
    case 0x25:
      return right < 64n ? left >> right : 0n;
    case 0x27:
      return left ^ right;
    case 0x29:
      return BigInt(signedLeft === signedRight);
    case 0x2a:
      return BigInt(signedLeft >= signedRight);
    case 0x2b:
      return BigInt(signedLeft > signedRight);
    case 0x2c:
      return BigInt(signedLeft <= signedRight);
    case 0x2d:
      return BigInt(signedLeft < signedRight);
    case 0x2e:
      return BigInt(signedLeft !== signedRight);
    default:
      throw new Fault('corrupt', `operation 0x${code.toString(16)} in an expression`);
  }
}
