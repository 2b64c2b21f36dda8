// A process that a plan takes, and why.

import type { Reason } from '../../abi/records/processes.js';

export interface Chosen {
  readonly pid: number;
  readonly reason: Reason;
  /** PID of the process for whose sake it comes along; null of one that a selector names. */
  readonly because: number | null;
  /** In words: `selected by name vi`, `shares memory with 126 (mariadbd): shared memory /dev/shm/x`. */
  readonly text: string;
}
