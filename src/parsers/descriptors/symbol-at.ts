// Names of function tables and functions, exactly where a pointer points.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

export function symbolAt(kernel: Kernel, address: Kva): string | null {
  const symbol = address === NULL ? undefined : kernel.symbols.nearest(address);
  return symbol?.offset === 0 ? symbol.name : null;
}
