// Swap areas, and images of them that the user has.

import type { SwapArea } from '../../snapshot/swap.js';
import type { Dump } from '../dump.js';
import { readSwapAreas } from '../swap/areas.js';
import { attachSwapFile } from '../swap/swap-file.js';
import { perDump } from './per-dump.js';

/** Swap areas, by the type that swap entries name them by. */
export const swapAreasOf: (dump: Dump) => readonly SwapArea[] = perDump(({ kernel }) =>
  kernel.faults.guard('swap areas', () => readSwapAreas(kernel), []),
);

/** From now on, pages of a swap area are read from an image of it: `FILE`, or `TYPE=FILE`. Closed with the dump. */
export function attachSwap(dump: Dump, given: string): void {
  dump.closeWith(attachSwapFile(dump.kernel, swapAreasOf(dump), given));
}
