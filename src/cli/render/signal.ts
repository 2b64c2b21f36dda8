// Signals for people.
import { signalName, signalsIn } from '../../parsers/signals/signal-names.js';
import type { PendingSignal, SignalDetail } from '../../snapshot/signals.js';

const LAST = 64;

/** `SIGHUP SIGTERM`; of a set of nearly all: `all but SIGKILL SIGSTOP`. */
export function signalNames(set: string): string {
  const inside = signalsIn(set);
  if (inside.length <= LAST / 2) return inside.map(signalName).join(' ');
  const members = new Set(inside);
  const outside = Array.from({ length: LAST }, (_, i) => i + 1).filter((signal) => !members.has(signal));
  return outside.length === 0 ? 'all' : `all but ${outside.map(signalName).join(' ')}`;
}

/** `SIGTERM SI_USER from pid 275, uid 0`. */
export function pendingText({ signal, info, ofTimer }: PendingSignal): string {
  if (info === null) return `${signalName(signal)} (nothing more was kept of it)`;
  const error = info.errno === 0 ? '' : `, errno ${info.errno}`;
  const timer = ofTimer && info.detail.layout !== 'timer' ? ', of a timer' : '';
  return `${signalName(signal)} ${info.codeName} ${detailText(info.detail)}${error}${timer}`;
}

function detailText(detail: SignalDetail): string {
  switch (detail.layout) {
    case 'kill':
      return `from pid ${detail.pid}, uid ${detail.uid}`;
    case 'rt':
      return `from pid ${detail.pid}, uid ${detail.uid}, value ${detail.value}`;
    case 'timer':
      return `timer ${detail.timer}, overrun ${detail.overrun}, value ${detail.value}`;
    case 'poll':
      return `fd ${detail.fd}, band ${detail.band}`;
    case 'child':
      return `child ${detail.pid}, uid ${detail.uid}, status ${detail.status}`;
    case 'sys':
      return `system call ${detail.syscall} at ${detail.callAddress}`;
    case 'fault':
      return `address ${detail.address}`;
  }
}
