// Where pages that are on swap only can be read from: images of swap devices that the user gives, compressed memory.
// Whoever can read one registers it; user memory and the page cache ask.

import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import type { SwapSlot } from './swap-cache.js';

export interface SwapSource {
  /** Copies the 4 KiB of a slot; false where this source does not have it. May throw a fault. */
  copy(slot: SwapSlot, into: Uint8Array): boolean;
}

const sources = perKernel((): SwapSource[] => []);

export function addSwapSource(kernel: Kernel, source: SwapSource): void {
  sources(kernel).push(source);
}

/** Copies the page of a slot from the first source that has it; false where none has. */
export function copySwapSlot(kernel: Kernel, slot: SwapSlot, into: Uint8Array): boolean {
  return sources(kernel).some((source) =>
    kernel.faults.guard(`swap slot ${slot.type}:${slot.offset}`, () => source.copy(slot, into), false),
  );
}
