// How a socket is to be, by its sk_state: enum of include/net/tcp_states.h, which other families use too.

import type { Socket } from '../../../../snapshot/socket.js';
import { SOCKET_STATE, type SocketState } from '../../../abi/records/sockets.js';

const BY_NAME: Readonly<Record<string, SocketState>> = {
  listen: SOCKET_STATE.listening,
  established: SOCKET_STATE.connected,
  'syn-sent': SOCKET_STATE.connecting,
  'syn-recv': SOCKET_STATE.connecting,
  'fin-wait-1': SOCKET_STATE.closing,
  'fin-wait-2': SOCKET_STATE.closing,
  'close-wait': SOCKET_STATE.closing,
  'last-ack': SOCKET_STATE.closing,
  closing: SOCKET_STATE.closing,
};

export function stateOf({ state, unix, netlink }: Socket): SocketState {
  const found = BY_NAME[state] ?? SOCKET_STATE.unconnected;
  if (found !== SOCKET_STATE.unconnected) return found;
  const connected = unix?.peer != null || (netlink !== null && netlink.peerPortId !== 0);
  return connected ? SOCKET_STATE.connected : found;
}
