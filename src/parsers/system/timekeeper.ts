// Where the kernel's clock stands: struct timekeeper (kernel/time/timekeeping.c).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';

type TimekeeperReader = (kernel: Kernel) => Kva;

const DATA = { timekeeper: 'timekeeper' } as const;

function inData(symbol: string): TimekeeperReader {
  return (kernel) => (kernel.symbol(symbol) + kernel.layout('tk_data', DATA).timekeeper) as Kva;
}

/** The struct of tk_core has no name: a sequence counter, then the timekeeper at its alignment. */
function behindCounter(kernel: Kernel): Kva {
  const counter = kernel.types.sizeOf('seqcount_raw_spinlock_t') ?? kernel.types.sizeOf('seqcount_t') ?? 4;
  return (kernel.symbol('tk_core') + Math.ceil(counter / 8) * 8) as Kva;
}

export const timekeeper: Trait<TimekeeperReader> = {
  name: 'timekeeper',
  eras: [
    {
      name: 'first of timekeeper_data',
      since: '6.17',
      commit: '22c62b9a84b8',
      evidence: 'symbol timekeeper_data',
      probe: hasSymbol('timekeeper_data'),
      reader: inData('timekeeper_data'),
    },
    {
      name: 'tk_core, a struct tk_data',
      since: '6.13',
      commit: '10f7c178a9da',
      evidence: 'tk_data.timekeeper and symbol tk_core',
      probe: (types, symbols) =>
        types.member('tk_data.timekeeper') !== undefined && symbols.address('tk_core') !== undefined,
      reader: inData('tk_core'),
    },
    {
      name: 'tk_core, a struct without name',
      since: '3.17',
      commit: null,
      evidence: 'symbol tk_core',
      probe: hasSymbol('tk_core'),
      reader: behindCounter,
    },
  ],
};
