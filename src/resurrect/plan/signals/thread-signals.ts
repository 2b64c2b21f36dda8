// Mask, pending signals and alternate stack of a thread.

import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import type { Thread } from '../../abi/records/threads.js';
import { big, fromDigits } from '../numbers.js';
import type { Planning } from '../planning.js';
import { plannedPending } from './pending.js';

type ThreadSignals = Pick<
  Thread,
  'blocked' | 'savedMask' | 'pending' | 'altstackBase' | 'altstackBytes' | 'altstackFlags'
>;

const SS_DISABLE = 2;

export function threadSignals({ index }: Planning, { pid, tid }: SnapshotTask): ThreadSignals {
  const signals = index.processes.get(pid)?.signals?.threads.find((thread) => thread.tid === tid);
  const stack = signals?.alternateStack ?? null;
  return {
    // sigtimedwait(2) unblocks what it waits for, and blocks it again however it ends.
    blocked: fromDigits(signals?.realBlocked ?? signals?.blocked ?? '0'),
    savedMask: fromDigits(signals?.savedMask ?? '0'),
    pending: plannedPending(signals?.pending ?? null),
    altstackBase: big(stack?.base ?? 0),
    altstackBytes: big(stack?.bytes ?? 0),
    altstackFlags: stack?.flags ?? SS_DISABLE,
  };
}
