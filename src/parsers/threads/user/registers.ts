// Registers of a user frame by their DWARF numbers (System V ABI for AMD64, figure 3.36).

import type { Hex } from '../../../base/address.js';
import type { UserRegisters } from '../../../snapshot/thread.js';

export const DWARF = { bp: 6, sp: 7, ip: 16 } as const;

const NAMES = [
  ...(['ax', 'dx', 'cx', 'bx', 'si', 'di', 'bp', 'sp'] as const),
  ...(['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'ip'] as const),
];

/** Undefined: not known in this frame. */
export type FrameRegisters = readonly (bigint | undefined)[];

export function firstFrame(regs: UserRegisters): FrameRegisters {
  return NAMES.map((name) => BigInt(regs[name] as Hex));
}

/** Those that a function must leave as they were. */
export const CALLEE_SAVED: readonly number[] = [3, DWARF.bp, 12, 13, 14, 15];
export const COUNT = NAMES.length;
