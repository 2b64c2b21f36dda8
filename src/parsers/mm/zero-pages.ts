// The frames of nothing but zeroes that untouched anonymous memory is mapped to: one of 4 KiB, one of 2 MiB
// (mm/memory.c, mm/huge_memory.c).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';
import { pfnOfPage } from './struct-page.js';

const PAGE_BYTES = 4096;
const NONE = -1;

export interface ZeroPages {
  /** Frame numbers; -1 where there is none. */
  readonly small: number;
  readonly huge: number;
}

export const hugeZeroPage: Trait<string> = {
  name: 'huge zero page',
  eras: [
    {
      name: 'folio',
      since: '6.10',
      commit: '5691753d73a2',
      evidence: 'symbol huge_zero_folio',
      probe: hasSymbol('huge_zero_folio'),
      reader: 'huge_zero_folio',
    },
    {
      name: 'page',
      since: '4.8',
      commit: null,
      evidence: 'symbol huge_zero_page',
      probe: hasSymbol('huge_zero_page'),
      reader: 'huge_zero_page',
    },
    { name: 'none', since: '2.6', commit: null, evidence: 'neither', probe: () => true, reader: '' },
  ],
};

export function zeroPages(kernel: Kernel): ZeroPages {
  const { faults } = kernel;
  return {
    small: faults.guard('zero page', () => smallFrame(kernel), NONE),
    huge: faults.guard('huge zero page', () => hugeFrame(kernel), NONE),
  };
}

function smallFrame(kernel: Kernel): number {
  return Math.floor(kernel.mem.translate(kernel.symbol('empty_zero_page')) / PAGE_BYTES);
}

/** It is made when it is first needed. */
function hugeFrame(kernel: Kernel): number {
  const symbol = kernel.trait(hugeZeroPage);
  const page: Kva = symbol === '' ? NULL : kernel.mem.ptr(kernel.symbol(symbol));
  return page === NULL ? NONE : pfnOfPage(kernel, page);
}
