// Control groups as plain data: struct cgroup and its hierarchies (include/linux/cgroup-defs.h).

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** A line of /proc/PID/cgroup. */
export interface CgroupMembership {
  /** hierarchy-ID; 0 for version 2. */
  readonly hierarchy: number;
  /** Controllers of a version 1 hierarchy, and `name=NAME`; empty for version 2. */
  readonly controllers: readonly string[];
  /** From the root of the hierarchy, ` (deleted)` behind a removed one. */
  readonly path: string;
}

/** A group, with all below it. */
export interface Cgroup {
  readonly address: Hex;
  /** Name of the directory, `/` for the root. */
  readonly name: string;
  readonly path: string;
  /** Inode number of the directory: the id that bpf and fanotify know it by. */
  readonly id: Wide;
  /** Controllers that are on in it. */
  readonly controllers: readonly string[];
  /** Controllers that it hands to its children (cgroup.subtree_control). */
  readonly subtreeControl: readonly string[];
  /** All that was in it had stopped (cgroup.events frozen). */
  readonly frozen: boolean;
  /** cgroup.type threaded: threads of a process may be in different groups. */
  readonly threaded: boolean;
  /** Thread ids in it, its children's left out. */
  readonly tasks: readonly number[];
  readonly children: readonly Cgroup[];
}

export interface CgroupHierarchy {
  /** 0 for version 2. */
  readonly id: number;
  readonly controllers: readonly string[];
  readonly root: Cgroup;
}
