// Code addresses as the kernel prints them (%pB and %pS, kernel/kallsyms.c): `func+0x1b/0x40 [module]`.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

/** No function is larger; a gap that is gets no size. */
const MAX_FUNCTION_BYTES = 1 << 22;

/**
 * The symbol of an address; null where none covers it. A return address is looked up one byte before itself: behind a
 * call that does not return, it may be the next function's first byte.
 */
export function textSymbol(kernel: Kernel, address: Kva, isReturn: boolean): string | null {
  const back = isReturn ? 1 : 0;
  const at = kernel.symbols.nearest((address - back) as Kva);
  if (at === undefined) return null;
  const start = (address - back - at.offset) as Kva;
  const module = at.module === null ? '' : ` [${at.module}]`;
  const offset = (at.offset + back).toString(16);
  return `${at.name}+0x${offset}/0x${symbolBytes(kernel, start).toString(16)}${module}`;
}

/** Function name at an address; null where none covers it. */
export function functionAt(kernel: Kernel, address: Kva): string | null {
  return kernel.symbols.nearest(address)?.name ?? null;
}

const sizes = new WeakMap<Kernel, Map<Kva, number>>();

/** From a symbol's start to the next symbol, which is what kallsyms knows of sizes. */
function symbolBytes(kernel: Kernel, start: Kva): number {
  let known = sizes.get(kernel);
  if (known === undefined) sizes.set(kernel, (known = new Map()));
  let bytes = known.get(start);
  if (bytes === undefined) known.set(start, (bytes = measure(kernel, start)));
  return bytes;
}

function measure(kernel: Kernel, start: Kva): number {
  const covers = (offset: number) => kernel.symbols.nearest((start + offset) as Kva)?.offset === offset;
  let low = 0;
  let high = 16;
  while (high < MAX_FUNCTION_BYTES && covers(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (covers(middle)) low = middle;
    else high = middle;
  }
  return high;
}
