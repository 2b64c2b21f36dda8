// Whom a socket concerns: those that have it open; of a connection that waits to be accepted, those of its listener.

import type { Hex } from '../../../../base/address.js';
import { oncePer } from '../../../../base/once-per.js';
import type { Socket } from '../../../../snapshot/socket.js';
import type { Planning } from '../../planning.js';
import type { SnapshotIndex } from '../../snapshot-index.js';
import { openFilesOf } from '../open-files.js';

/** Listener by the connections in its queue. */
const listeners = oncePer(({ snapshot }: SnapshotIndex): ReadonlyMap<Hex, Hex> => {
  const pairs = snapshot.sockets.flatMap(({ address, backlog }) =>
    (backlog?.pending ?? []).map((pending) => [pending.socket, address] as const),
  );
  return new Map(pairs);
});

/** Indices of processes of the plan. */
export function socketUsers(planning: Planning, socket: Hex): readonly number[] {
  const listener = listeners(planning.index).get(socket);
  const open = [socket, ...(listener === undefined ? [] : [listener])];
  return open.flatMap((address) =>
    openFilesOf(planning.index, address).flatMap((file) => planning.holders(file.address)),
  );
}

/** Somebody has it, and nobody in the plan. */
export function isOutside(planning: Planning, { address, inode }: Socket): boolean {
  return inode !== 0 && socketUsers(planning, address).length === 0;
}
