// struct sighand_struct: what rt_sigaction(2) set; CLONE_SIGHAND shares it.

import type { ProcessSignals } from '../../../snapshot/signals.js';
import { big, fromDigits } from '../numbers.js';
import type { Planning } from '../planning.js';

const HANDLERS = { default: 0n, ignore: 1n } as const;

/** Null where it could not be read. */
export function planSighand(planning: Planning, signals: ProcessSignals): number | null {
  if (signals.sighand === null) return null;
  return planning.tables.sighand.ref(signals.sighand, () => ({
    actions: signals.actions.map(({ signal, handler, flags, restorer, mask }) => ({
      signal,
      handler: handler === 'default' || handler === 'ignore' ? HANDLERS[handler] : big(handler),
      flags: BigInt(flags >>> 0),
      restorer: big(restorer),
      mask: fromDigits(mask),
    })),
  }));
}
