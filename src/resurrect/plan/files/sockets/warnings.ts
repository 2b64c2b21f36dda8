// What of a socket that is planned does not go on as it was.

import type { Socket } from '../../../../snapshot/socket.js';
import type { Planning } from '../../planning.js';
import type { ResourceName } from '../../resources.js';
import { isOutside } from './users.js';

type Warning = readonly [resource: ResourceName, why: string];

export function warnings(planning: Planning, socket: Socket): Warning[] {
  const found: Warning[] = [];
  if (socket.options?.filtered === true)
    found.push(['socket_filter', 'a program chooses its packets, and is not planned']);
  if (socket.family === 'packet')
    found.push(['packet_options', 'rings, fanout and memberships are not known: it is made without']);
  if (socket.tcp !== null && socket.inet !== null && socket.inet.remotePort !== 0)
    found.push(...connectionWarnings(planning, socket));
  return found;
}

function connectionWarnings(planning: Planning, socket: Socket): Warning[] {
  const other = otherEnd(planning, socket);
  if (other === undefined)
    return [['tcp_outside', 'its peer is another machine, which must not have given up by then']];
  if (other.form !== 'full' || (other.inode === 0 && !waits(planning, other)))
    return [['tcp_closed_peer', 'the kernel kept its other end without a process: it answers no more']];
  return isOutside(planning, other) ? [['tcp_peer', 'its other end is in no process of the plan']] : [];
}

/** It is in a listener's queue. */
function waits({ snapshot }: Planning, { address }: Socket): boolean {
  return snapshot.sockets.some(({ backlog }) =>
    backlog?.pending.some((pending) => pending.socket === address),
  );
}

/** Of a connection within the machine: loopback, or one of its own addresses. */
function otherEnd({ snapshot }: Planning, { inet: own, namespace }: Socket): Socket | undefined {
  if (own === null) return undefined;
  const [local, remote] = [v4(own.localBytes), v4(own.remoteBytes)];
  return snapshot.sockets.find(
    ({ inet, namespace: theirs, protocolName }) =>
      inet !== null &&
      theirs === namespace &&
      inet.localPort === own.remotePort &&
      inet.remotePort === own.localPort &&
      v4(inet.localBytes) === remote &&
      v4(inet.remoteBytes) === local &&
      !protocolName.startsWith('UDP'),
  );
}

/** An IPv4 address is the same to a socket of IPv6, which has it mapped (::ffff:0:0/96). */
function v4(hex: string): string {
  return hex.length === 32 && hex.startsWith('00000000000000000000ffff') ? hex.slice(24) : hex;
}
