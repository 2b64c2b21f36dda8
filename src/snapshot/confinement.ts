// What a task may do, what is counted of it, and how it is treated when memory runs out or it crashes.

import type { Hex } from '../base/address.js';
import type { SecurityLabel } from './labels.js';
import type { Wide } from './number.js';

/** A filter of seccomp(2), struct seccomp_filter. */
export interface SeccompFilter {
  readonly address: Hex;
  /** Instructions of classic BPF, as given to the kernel; null where it keeps no copy of them. */
  readonly instructions: number | null;
  /** Of the translation that runs. */
  readonly translated: number;
  /** SECCOMP_FILTER_FLAG_LOG. */
  readonly log: boolean;
  /** Whether it has a listener (SECCOMP_FILTER_FLAG_NEW_LISTENER). */
  readonly listener: boolean;
}

export interface Seccomp {
  /** 0 disabled, 1 strict, 2 filter, 3 dead. */
  readonly mode: number;
  /** The last installed first, as they are asked. */
  readonly filters: readonly SeccompFilter[];
}

/** /proc/PID/io, of the whole process: bytes, and numbers of system calls. */
export interface IoCounters {
  readonly rchar: Wide;
  readonly wchar: Wide;
  readonly syscr: Wide;
  readonly syscw: Wide;
  readonly readBytes: Wide;
  readonly writeBytes: Wide;
  readonly cancelledWriteBytes: Wide;
}

export interface Confinement {
  /** Null where the task has no fs_struct any more. */
  readonly umask: number | null;
  readonly noNewPrivs: boolean;
  readonly seccomp: Seccomp;
  /** One for each active security module that may confine a task; null where it could not be read which these are. */
  readonly labels: readonly SecurityLabel[] | null;
  /** As the lines of /proc/PID/status say it; null where this kernel has no such line. */
  readonly speculationStoreBypass: string | null;
  readonly speculationIndirectBranch: string | null;
  /** prctl(PR_GET_DUMPABLE): 0 no, 1 yes, 2 by root only; null for a task without an address space. */
  readonly dumpable: number | null;
  /** /proc/PID/coredump_filter; null likewise. */
  readonly coredumpFilter: number | null;
  /** personality(2). */
  readonly personality: number;
  readonly oomScoreAdj: number;
  /** The least that the process may ask for without CAP_SYS_RESOURCE. */
  readonly oomScoreAdjMin: number;
  /** Audit: 4294967295 for never set; null where the kernel has no auditing. */
  readonly loginUid: number | null;
  readonly sessionId: number | null;
  /** prctl(PR_SET_PDEATHSIG); 0 for none. */
  readonly parentDeathSignal: number;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  readonly childSubreaper: boolean;
  readonly io: IoCounters | null;
}
