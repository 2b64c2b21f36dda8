// Resource limits as plain data: signal_struct.rlim (include/uapi/asm-generic/resource.h).

import type { Wide } from './number.js';

/** Without RLIMIT_, in the kernel's order. */
export type Resource =
  | 'CPU'
  | 'FSIZE'
  | 'DATA'
  | 'STACK'
  | 'CORE'
  | 'RSS'
  | 'NPROC'
  | 'NOFILE'
  | 'MEMLOCK'
  | 'AS'
  | 'LOCKS'
  | 'SIGPENDING'
  | 'MSGQUEUE'
  | 'NICE'
  | 'RTPRIO'
  | 'RTTIME';

/** In the unit of /proc/PID/limits (CPU seconds, RTTIME microseconds); null: unlimited. */
export interface Limit {
  readonly resource: Resource;
  readonly soft: Wide | null;
  readonly hard: Wide | null;
}
