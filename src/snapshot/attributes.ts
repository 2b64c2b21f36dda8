// What a task has beside memory, files and signals: everything the kernel would ask before it lets it do something.

import type { CgroupMembership } from './cgroups.js';
import type { Confinement } from './confinement.js';
import type { Limit } from './limits.js';
import type { Namespaces } from './namespaces.js';
import type { Scheduling } from './scheduling.js';

export interface TaskAttributes {
  readonly tid: number;
  readonly scheduling: Scheduling;
  readonly confinement: Confinement;
  /** In the order of /proc/PID/limits; empty where they could not be read. */
  readonly limits: readonly Limit[];
  readonly namespaces: Namespaces;
  /** In the order of /proc/PID/cgroup. */
  readonly cgroups: readonly CgroupMembership[];
}
