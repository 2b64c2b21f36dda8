// A switch over a number, followed as the processor would: the compiler makes it a tree of comparisons, since kernels that
// are built against speculation have no jump tables. Only what such a tree is made of is understood (Intel SDM vol. 2).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

const MAX_STEPS = 256;
const MAX_LENGTH = 8;

/** Condition codes: the low four bits of Jcc. Numbers of system calls are small, so that signs do not matter. */
const CONDITIONS: Readonly<Record<number, (difference: number) => boolean>> = {
  2: (difference) => difference < 0,
  3: (difference) => difference >= 0,
  4: (difference) => difference === 0,
  5: (difference) => difference !== 0,
  6: (difference) => difference <= 0,
  7: (difference) => difference > 0,
  12: (difference) => difference < 0,
  13: (difference) => difference >= 0,
  14: (difference) => difference <= 0,
  15: (difference) => difference > 0,
};

interface Step {
  readonly length: number;
  /** Comparison of %esi with this. */
  readonly compare?: number;
  /** Distance from the next instruction, and the condition for it. */
  readonly jump?: { readonly by: number; readonly condition: number | null };
  readonly call?: number;
}

/**
 * Where the function at `start`, whose second argument is `value`, jumps to, or what it calls that `isTarget` says is
 * one of its targets. NULL where the code is of another kind.
 */
export function switchTarget(
  kernel: Kernel,
  start: Kva,
  value: number,
  isTarget: (name: string) => boolean,
): Kva {
  const { mem, symbols } = kernel;
  const name = symbols.nearest(start)?.name;
  let at = start;
  let difference = 0;
  for (let n = 0; n < MAX_STEPS; n++) {
    const found = symbols.nearest(at);
    if (found?.offset === 0 && isTarget(found.name)) return at;
    if (found?.name !== name) return NULL;
    const step = decode(mem.bytes(at, MAX_LENGTH));
    if (step === undefined) return NULL;
    const next = (at + step.length) as Kva;
    const called = step.call === undefined ? undefined : symbols.nearest((next + step.call) as Kva);
    if (called?.offset === 0 && isTarget(called.name)) return (next + (step.call as number)) as Kva;
    if (step.compare !== undefined) difference = value - step.compare;
    at = taken(step, difference) ? ((next + (step.jump?.by ?? 0)) as Kva) : next;
  }
  return NULL;
}

function taken({ jump }: Step, difference: number): boolean {
  if (jump === undefined) return false;
  return jump.condition === null || (CONDITIONS[jump.condition]?.(difference) ?? false);
}

function decode(bytes: Uint8Array): Step | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(0);
  const pair = view.getUint16(0);
  if (pair === 0x81fe) return { length: 6, compare: view.getInt32(2, true) };
  if (pair === 0x83fe) return { length: 3, compare: view.getInt8(2) };
  if (pair === 0x85f6) return { length: 2, compare: 0 };
  if (first >= 0x70 && first <= 0x7f) {
    return { length: 2, jump: { by: view.getInt8(1), condition: first & 0xf } };
  }
  if (pair >= 0x0f80 && pair <= 0x0f8f) {
    return { length: 6, jump: { by: view.getInt32(2, true), condition: pair & 0xf } };
  }
  if (first === 0xe9) return { length: 5, jump: { by: view.getInt32(1, true), condition: null } };
  if (first === 0xeb) return { length: 2, jump: { by: view.getInt8(1), condition: null } };
  if (first === 0xe8) return { length: 5, call: view.getInt32(1, true) };
  return nop(view);
}

/** The no-operations that stand at a function's start: endbr64, patched-out tracing, padding. */
function nop(view: DataView): Step | undefined {
  const word = view.getUint32(0);
  if (word === 0xf30f_1efa) return { length: 4 };
  if (word === 0x0f1f_4400) return { length: 5 };
  if (word === 0x660f_1f00) return { length: 4 };
  if (word >>> 8 === 0x0f_1f00) return { length: 3 };
  // Its displacement may carry a hash of the function's type.
  if (word >>> 8 === 0x0f_1f40) return { length: 4 };
  if (word >>> 16 === 0x6690) return { length: 2 };
  return word >>> 24 === 0x90 ? { length: 1 } : undefined;
}
