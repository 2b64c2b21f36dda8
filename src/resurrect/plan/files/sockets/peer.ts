// The peers of unix sockets (net/unix/af_unix.c).

import type { Socket } from '../../../../snapshot/socket.js';
import type { Planning } from '../../planning.js';
import type { Refuse } from './context.js';
import { isOutside } from './users.js';

/**
 * Null of one that is not connected, whose peer is closed, or whose peer nobody in the plan has. Of a datagram socket
 * with such a peer the name is enough: it is connected to it again.
 */
export function planPeer(
  planning: Planning,
  { unix, type }: Socket,
  plan: (socket: Socket) => number,
  refuse: Refuse,
): number | null {
  const peer = unix?.peer == null ? undefined : planning.index.sockets.get(unix.peer);
  if (peer === undefined || (peer.inode === 0 && peer.state === 'close')) return null;
  if (!isOutside(planning, peer)) return plan(peer);
  const name = peer.unix?.name ?? null;
  if (type === 'dgram' && name !== null) refuse('unix_name', `${name} is served by nobody in the plan`);
  else refuse('unix_peer', 'its peer is in no process of the plan');
  return null;
}
