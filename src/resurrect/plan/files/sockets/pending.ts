// Connections that a listener has not accepted: those that are established have sockets; of those that are not the kernel
// keeps a request, and the peer sends its SYN again.

import type { Socket } from '../../../../snapshot/socket.js';
import type { PendingConnection } from '../../../abi/records/sockets.js';
import type { Planning } from '../../planning.js';
import { remoteAddress } from './addresses.js';
import { NO_ADDRESS } from './sockaddr.js';

/** `plan`: planSocket(). */
export function planPending(
  planning: Planning,
  listener: Socket,
  plan: (socket: Socket) => number,
): PendingConnection[] {
  const { sockets } = planning.index;
  const established = (listener.backlog?.pending ?? []).flatMap(({ socket }) => {
    const found = sockets.get(socket);
    if (found === undefined) return [];
    const remote = found.unix === null ? remoteAddress(planning, found) : NO_ADDRESS;
    return [{ socket: plan(found), remote }];
  });
  return [...established, ...requests(planning, listener)];
}

function requests(planning: Planning, listener: Socket): PendingConnection[] {
  const { inet: own, state, namespace } = listener;
  if (own === null || state !== 'listen') return [];
  const any = /^0*$/.test(own.localBytes);
  return planning.snapshot.sockets
    .filter(({ form, inet, namespace: theirs }) => {
      if (form !== 'request' || theirs !== namespace || inet?.localPort !== own.localPort) return false;
      return any || inet.localBytes === own.localBytes;
    })
    .map((request) => ({ socket: null, remote: remoteAddress(planning, request) }));
}
