// What processes share and wait for by name: locks on files, System V and POSIX IPC.

import type { IpcNamespace } from '../../snapshot/ipc.js';
import type { FileLock } from '../../snapshot/lock.js';
import { readIpc } from '../descriptors/ipc.js';
import { readLocks } from '../descriptors/lock.js';
import type { Dump } from '../dump.js';
import { perDump } from './per-dump.js';

/** Locks and leases on files, as /proc/locks lists them. */
export const locksOf: (dump: Dump) => readonly FileLock[] = perDump(({ kernel }) =>
  kernel.faults.guard('locks', () => readLocks(kernel), []),
);

/** System V and POSIX IPC of every ipc namespace, the initial one first. */
export const ipcOf: (dump: Dump) => readonly IpcNamespace[] = perDump(({ kernel, tasks }) =>
  kernel.faults.guard('ipc', () => readIpc(kernel, tasks), []),
);
