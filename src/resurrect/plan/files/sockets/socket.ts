// Sockets: struct socket with its sock, whatever its family.

import type { Socket } from '../../../../snapshot/socket.js';
import { REFUSED_KIND } from '../../../abi/records/refusals.js';
import { type Socket as Row, SOCKET_STATE } from '../../../abi/records/sockets.js';
import type { Planning } from '../../planning.js';
import { namespaceByInode } from '../../tasks/namespaces.js';
import { localAddress, remoteAddress } from './addresses.js';
import type { Open, Refuse } from './context.js';
import { familyNumber, typeNumber } from './numbers.js';
import { flagsOf, numbersOf } from './options.js';
import { planPeer } from './peer.js';
import { planPending } from './pending.js';
import { planQueue } from './queue.js';
import { stateOf } from './state.js';
import { planTcp } from './tcp.js';
import { socketUsers } from './users.js';
import { warnings } from './warnings.js';

/** Index of the socket in the plan; `open` is for descriptors on their way. Peers and connections that wait to be accepted come along. */
export function planSocket(planning: Planning, socket: Socket, open: Open): number {
  return planning.tables.socket.ref(socket.address, (index) => {
    const refuse: Refuse = (resource, why) =>
      planning.refusals.add(resource, {
        reason: `${nameOf(socket)}: ${why}`,
        kind: REFUSED_KIND.socket,
        object: index,
        processes: socketUsers(planning, socket.address),
      });
    const row = socketRow(planning, socket, open, refuse);
    for (const [resource, why] of warnings(planning, socket)) refuse(resource, why);
    return row;
  });
}

/** What people know it by. */
function nameOf({ inode, unix, inet, family }: Socket): string {
  const link = inode === 0 ? 'connection not accepted yet' : `socket:[${inode}]`;
  if (unix !== null) return unix.name === null ? link : `${link} ${unix.name}`;
  if (inet === null) return `${link} (${family})`;
  const remote = inet.remotePort === 0 ? '' : ` to ${inet.remoteAddress}:${inet.remotePort}`;
  return `${link} ${inet.localAddress}:${inet.localPort}${remote}`;
}

function socketRow(planning: Planning, socket: Socket, open: Open, refuse: Refuse): Row {
  const { inode, family, type, protocol, packet, backlog, unix, netlink } = socket;
  const plan = (other: Socket) => planSocket(planning, other, open);
  const state = stateOf(socket);
  return {
    inode: BigInt(inode),
    family: familyNumber(family),
    type: typeNumber(type),
    protocol: packet === null ? protocol : packet.etherType,
    state,
    flags: flagsOf(socket, inode === 0),
    local: localAddress(socket),
    remote: remoteAddress(planning, socket),
    peer: planPeer(planning, socket, plan, refuse),
    backlog: state === SOCKET_STATE.listening ? (backlog?.limit ?? 0) : 0,
    peerPid: unix?.peerPid ?? 0,
    namespace: namespaceByInode(planning, socket.namespace),
    uid: socket.uid,
    ...numbersOf(socket),
    queue: queueOf(planning, socket, open, refuse),
    pending: state === SOCKET_STATE.listening ? planPending(planning, socket, plan) : [],
    groups: (netlink?.groups ?? []).map((group) => ({ group })),
    tcp: tcpOf(planning, socket, refuse),
  };
}

function queueOf(planning: Planning, socket: Socket, open: Open, refuse: Refuse): Row['queue'] {
  if (socket.tcp !== null) return [];
  const { packets, unread, lost } = planQueue(planning, socket, open);
  if (unread > 0) refuse('socket_queue', `${unread} packets in its queue could not be read`);
  for (const path of lost) refuse('socket_queue', `a descriptor in its queue (${path}) could not be read`);
  return packets;
}

function tcpOf({ snapshot }: Planning, socket: Socket, refuse: Refuse): Row['tcp'] {
  if (socket.tcp === null) return [];
  const { monotonicNs } = snapshot.system.clock;
  const { tcp, missing } = planTcp(socket, socket.tcp, monotonicNs === null ? null : BigInt(monotonicNs));
  if (missing > 0) refuse('socket_queue', `${missing} bytes of its queues could not be read`);
  return [tcp];
}
