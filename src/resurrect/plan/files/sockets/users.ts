// Whom a socket concerns: those that have it open; of a connection that waits to be accepted, those of its listener.

import type { Hex } from '../../../../base/address.js';
import type { Socket } from '../../../../snapshot/socket.js';
import type { Planning } from '../../planning.js';
import type { SnapshotIndex } from '../../snapshot-index.js';
import { openFilesOf } from '../open-files.js';

const listeners = new WeakMap<SnapshotIndex, ReadonlyMap<Hex, Hex>>();

/** Listener by the connections in its queue. */
function listenerOf(index: SnapshotIndex, socket: Hex): Hex | undefined {
  let found = listeners.get(index);
  if (found === undefined) {
    const pairs = index.snapshot.sockets.flatMap(({ address, backlog }) =>
      (backlog?.pending ?? []).map((pending) => [pending.socket, address] as const),
    );
    listeners.set(index, (found = new Map(pairs)));
  }
  return found.get(socket);
}

/** Indices of processes of the plan. */
export function socketUsers(planning: Planning, socket: Hex): readonly number[] {
  const listener = listenerOf(planning.index, socket);
  const open = [socket, ...(listener === undefined ? [] : [listener])];
  return open.flatMap((address) =>
    openFilesOf(planning.index, address).flatMap((file) => planning.holders(file.address)),
  );
}

/** Somebody has it, and nobody in the plan. */
export function isOutside(planning: Planning, { address, inode }: Socket): boolean {
  return inode !== 0 && socketUsers(planning, address).length === 0;
}
