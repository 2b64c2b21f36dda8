// The namespaces of a task as plain data: struct nsproxy, its pid's and its credentials'.

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** The names under /proc/PID/ns. */
export type NamespaceName =
  | 'cgroup'
  | 'ipc'
  | 'mnt'
  | 'net'
  | 'pid'
  | 'pid_for_children'
  | 'time'
  | 'time_for_children'
  | 'user'
  | 'uts';

export interface Namespace {
  readonly name: NamespaceName;
  /** Inode number: what stands in brackets in the link `/proc/PID/ns/NAME`. */
  readonly inode: number;
  /** Of the struct: the same for tasks that share it. */
  readonly address: Hex;
}

/** A line of /proc/PID/uid_map, with the outside ids as the initial user namespace sees them. */
export interface IdExtent {
  readonly first: number;
  readonly lowerFirst: number;
  readonly count: number;
}

/** What a task sees of the world. */
export interface Namespaces {
  /** In the order of `NamespaceName`; none for a task that has left them. */
  readonly links: readonly Namespace[];
  readonly uidMap: readonly IdExtent[];
  readonly gidMap: readonly IdExtent[];
  /** Nesting of its user namespace: 0 for the initial one. */
  readonly userLevel: number;
  /** Hostname and domain name of its UTS namespace; null where they could not be read. */
  readonly hostname: string | null;
  readonly domainname: string | null;
  /** Nanoseconds that its time namespace adds (/proc/PID/timens_offsets, of the children's); null without one. */
  readonly timeOffsets: { readonly monotonic: Wide; readonly boottime: Wide } | null;
}
