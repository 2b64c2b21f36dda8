// A plan as a file: read whole, for plans are small (a few MiB).
import { readFileSync } from 'node:fs';
import { SystemError } from '../../base/error.js';
import { decodePlan } from '../../resurrect/abi/decode.js';
import type { Plan } from '../../resurrect/abi/plan.js';

/** Throws SystemError where it cannot be read, PlanFormatError where it is no plan. */
export function readPlan(path: string): Plan {
  return decodePlan(readBytes(path), path);
}

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SystemError(`cannot read ${path}: ${(error as Error).message}`);
  }
}
