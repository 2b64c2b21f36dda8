// Pieces of made-up kernels that several tests of machine/ lay down.
import type { Kva } from '../../../../../src/base/address.js';
import type { SyntheticKernel } from '../../../helpers/synthetic-memory.js';

/** A variable that holds a pointer. */
export function pointer(made: SyntheticKernel, symbol: string, value: Kva): void {
  variable(made, symbol, made.fold.toBig(value));
}

export function variable(made: SyntheticKernel, symbol: string, value: number | bigint): Kva {
  const at = made.alloc(8);
  made.poke(at, value);
  made.symbol(symbol, at);
  return at;
}

/** Two CPUs; returns their per-CPU areas. A per-CPU symbol's value is its offset in them. */
export function twoCpus(made: SyntheticKernel): readonly [Kva, Kva] {
  const areas = [made.alloc(4096, 4096), made.alloc(4096, 4096)] as const;
  const offsets = made.alloc(16);
  for (const [n, area] of areas.entries()) made.poke((offsets + n * 8) as Kva, made.fold.toBig(area));
  made.symbol('__per_cpu_offset', offsets);
  made.symbol('__per_cpu_start', 0 as Kva);
  variable(made, '__cpu_possible_mask', 3);
  variable(made, 'nr_cpu_ids', 2);
  return areas;
}

/** A NUL-terminated string somewhere. */
export function text(made: SyntheticKernel, value: string): Kva {
  const at = made.alloc(value.length + 1);
  made.text(at, value);
  return at;
}
