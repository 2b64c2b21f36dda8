// What all walks share. A walk delivers what it meets, in order, and records what stopped it in kernel.faults; it
// throws no fault, so that a broken structure costs only what lies behind the break.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';

/** Called with each entry; a fault in it is recorded and the walk goes on; `false` ends the walk. */
export type Visit = (entry: Kva) => unknown;

/** No list or tree of a kernel that could be dumped has more entries. */
export const WALK_LIMIT = 1 << 22;

/** For a catch clause: records a fault, throws on what is none. */
export function record(kernel: Kernel, error: unknown): void {
  if (!(error instanceof Fault)) throw error;
  kernel.faults.add(error);
}

/** Runs a step of a walk; a fault is recorded and `otherwise` returned. */
export function attempt<T>(kernel: Kernel, step: () => T, otherwise: T): T {
  try {
    return step();
  } catch (error) {
    record(kernel, error);
    return otherwise;
  }
}

/** Delivers an entry; false when the visitor wants no more. */
export function deliver(kernel: Kernel, visit: Visit, entry: Kva): boolean {
  try {
    return visit(entry) !== false;
  } catch (error) {
    record(kernel, error);
    return true;
  }
}

/** Reads a pointer; undefined, with the fault recorded, where it cannot be read. */
export function pointer(kernel: Kernel, base: Kva, offset: number): Kva | undefined {
  try {
    return kernel.mem.ptr(base, offset);
  } catch (error) {
    record(kernel, error);
    return undefined;
  }
}

/** Whether an object's memory is there at all; its contents may still be nonsense. Records the fault if not. */
export function isReadable(kernel: Kernel, base: Kva, offset: number): boolean {
  return attempt(kernel, () => kernel.mem.u8(base, offset) >= 0, false);
}

/** Low bits of an address, which may be negative. */
export function lowBits(address: number, mask: number): number {
  const rest = address % (mask + 1);
  return rest < 0 ? rest + mask + 1 : rest;
}
