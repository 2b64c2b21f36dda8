// Sockets in ss's words: kind, state, ends, owners.
import type { Socket } from '../snapshot/socket.js';
import { printable } from './render/units.js';
import type { SocketRow } from './schema.js';

const SHORT: Readonly<Record<string, string>> = { stream: 'str', dgram: 'dgr', seqpacket: 'seq', raw: 'raw' };
/** linux/netlink.h. */
const NETLINK = ['rtnl', '', 'usersock', 'firewall', 'tcpdiag', 'nflog', 'xfrm', 'selinux', 'iscsi', 'audit'];
const MORE_NETLINK = ['fiblookup', 'connector', 'nft', 'ip6fw', 'dec-rt', 'uevent', 'genl'];

/** `tcp`, `udp`, `u_str`, `p_raw`, `nl`, … */
export function kindOf({ family, type, protocolName, form }: Socket): string {
  const short = SHORT[type] ?? type;
  if (family === 'unix') return `u_${short}`;
  if (family === 'packet') return `p_${short}`;
  if (family === 'vsock') return `v_${short}`;
  if (family === 'netlink') return 'nl';
  if (form !== 'full') return 'tcp';
  return family === 'inet' || family === 'inet6' ? protocolName.replace(/v6$/, '').toLowerCase() : family;
}

export function stateText({ state, form }: Socket): string {
  if (form === 'request') return 'SYN-RECV';
  if (state === 'close') return 'UNCONN';
  return state === 'established' ? 'ESTAB' : state.toUpperCase();
}

function end(address: string, port: number): string {
  const any = address === '0.0.0.0' || address === '::';
  const host = any ? (address === '::' ? '[::]' : address) : address.includes(':') ? `[${address}]` : address;
  return `${host}:${port === 0 ? '*' : port}`;
}

export function localEnd({ inet, unix, netlink, packet, vsock, protocol, inode }: Socket): string {
  if (inet !== null) return end(inet.localAddress, inet.localPort);
  if (unix !== null) return `${unix.name === null ? '*' : printable(unix.name)} ${inode}`;
  if (netlink !== null) {
    const name = [...NETLINK, ...MORE_NETLINK][protocol] || String(protocol);
    return `${name}:${netlink.portId === 0 ? 'kernel' : netlink.portId}`;
  }
  if (packet !== null) return `0x${packet.etherType.toString(16)}:${packet.interface || '*'}`;
  if (vsock !== null) return `${vsock.localCid ?? '*'}:${vsock.localPort ?? '*'}`;
  return '*';
}

export function remoteEnd({ inet, unix, vsock }: Socket): string {
  if (inet !== null) return end(inet.remoteAddress, inet.remotePort);
  if (unix !== null) return `* ${unix.peerInode ?? 0}`;
  if (vsock !== null) return `${vsock.remoteCid ?? '*'}:${vsock.remotePort ?? '*'}`;
  return '*';
}

/** `nginx,pid=176,fd=5`; of many the first. */
export function ownersText({ owners }: SocketRow): string {
  return owners.map(({ comm, pid, fd }) => `${printable(comm)},pid=${pid},fd=${fd}`).join(' ');
}
