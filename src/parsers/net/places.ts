// Where a socket was found.

import type { Kva } from '../../base/address.js';

export interface SocketPlace {
  /** struct sock, or a minisock that shares its first part (struct sock_common). */
  readonly sock: Kva;
  /** Name of the table. */
  readonly table: string;
  readonly slot: number;
}

export interface Bucket {
  readonly slot: number;
  /** Address of the hlist_head. */
  readonly head: Kva;
}

/** The node that every table's chain goes through. */
export const NODE = { node: '__sk_common.skc_node' } as const;

/** tcp_hashinfo's largest default is 2^19; thash_entries can go to 2^24 or so. */
export const MAX_BUCKETS = 1 << 25;
