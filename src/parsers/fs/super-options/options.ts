// What a driver's show_options prints, as a list; and how to put one together.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Offsets } from '../../types/types.js';

export interface DriverOptions {
  readonly options: readonly string[];
  /** False where the driver prints something that is not read here. */
  readonly complete: boolean;
}

/** Offsets of the driver's own structures, from the kernel's types or from its module's. */
export type DriverLayout = <const M extends Record<string, string>>(struct: string, members: M) => Offsets<M>;

export type OptionsReader = (kernel: Kernel, superBlock: Kva, layout: DriverLayout) => DriverOptions;

export const NO_OPTIONS: DriverOptions = { options: [], complete: true };
export const UNKNOWN_OPTIONS: DriverOptions = { options: [], complete: false };

const SUPER_BLOCK = { info: 's_fs_info' } as const;

/** s_fs_info: the driver's own part of a super block. */
export function driverInfo(kernel: Kernel, superBlock: Kva): Kva {
  return kernel.mem.ptr(superBlock, kernel.layout('super_block', SUPER_BLOCK).info);
}

/** The texts of the pairs whose condition holds, in order. */
export function chosen(pairs: readonly (readonly [shown: boolean, text: string])[]): string[] {
  return pairs.filter(([shown]) => shown).map(([, text]) => text);
}

/** File mode as C's %o; with `width`, as %03o. */
export function octal(mode: number, width = 1): string {
  return mode.toString(8).padStart(width, '0');
}
