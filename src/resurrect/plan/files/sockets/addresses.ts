// What a socket is bound to, and its peer's address.

import type { InetDetail, Socket } from '../../../../snapshot/socket.js';
import type { Planning } from '../../planning.js';
import { hexBytes } from '../contents.js';
import {
  inetAddress,
  NO_ADDRESS,
  netlinkAddress,
  packetAddress,
  unixAddress,
  vsockAddress,
} from './sockaddr.js';

const isAny = (hex: string) => /^0*$/.test(hex);

export function localAddress(socket: Socket): Uint8Array {
  const { inet, unix, netlink, packet, vsock, type } = socket;
  if (inet !== null) return ownInet(inet, type);
  if (unix !== null) return unix.nameBytes === null ? NO_ADDRESS : unixAddress(hexBytes(unix.nameBytes));
  if (netlink !== null) return netlink.portId === 0 ? NO_ADDRESS : netlinkAddress(netlink.portId);
  if (packet !== null)
    return packet.running || packet.interface !== 0
      ? packetAddress(packet.etherType, packet.interface)
      : NO_ADDRESS;
  if (vsock === null || (vsock.localCid === null && vsock.localPort === null)) return NO_ADDRESS;
  return vsockAddress(vsock.localCid, vsock.localPort);
}

/** A raw socket's port is its protocol: nothing that it was bound to. */
function ownInet({ localBytes, localPort, boundDevice }: InetDetail, type: string): Uint8Array {
  const port = type === 'raw' ? 0 : localPort;
  return port === 0 && isAny(localBytes) ? NO_ADDRESS : inetAddress(hexBytes(localBytes), port, boundDevice);
}

export function remoteAddress({ index }: Planning, { inet, unix, netlink }: Socket): Uint8Array {
  if (inet !== null) {
    const { remoteBytes, remotePort, boundDevice } = inet;
    const none = remotePort === 0 && isAny(remoteBytes);
    return none ? NO_ADDRESS : inetAddress(hexBytes(remoteBytes), remotePort, boundDevice);
  }
  if (unix !== null) {
    const name = unix.peer === null ? null : (index.sockets.get(unix.peer)?.unix?.nameBytes ?? null);
    return name === null ? NO_ADDRESS : unixAddress(hexBytes(name));
  }
  return netlink === null || netlink.peerPortId === 0 ? NO_ADDRESS : netlinkAddress(netlink.peerPortId);
}
