// Netlink sockets: struct netlink_sock (net/netlink/af_netlink.h).

import { type Kva, NULL } from '../../base/address.js';
import type { NetlinkDetail } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { field } from './bits.js';

const NETLINK = { groups: 'groups', count: 'ngroups' } as const;
const MAX_GROUPS = 1 << 16;
const WORD_BITS = 32;

export function readNetlink(kernel: Kernel, sock: Kva): NetlinkDetail {
  const { mem } = kernel;
  const at = kernel.layout('netlink_sock', NETLINK);
  const bitmap = mem.ptr(sock, at.groups);
  const count = mem.u32(sock, at.count);
  if (count > MAX_GROUPS) throw mem.fault('corrupt', `${count} netlink groups`, sock, at.count);
  const words = bitmap === NULL ? 0 : Math.ceil(count / WORD_BITS);
  const masks = Array.from({ length: words }, (_, i) => mem.u32(bitmap, 4 * i));
  return {
    portId: field(kernel, sock, 'netlink_sock.portid'),
    peerPortId: field(kernel, sock, 'netlink_sock.dst_portid'),
    groups: masks.flatMap((mask, i) => bitsOf(mask).map((bit) => i * WORD_BITS + bit + 1)),
    groupMask: masks[0] ?? 0,
    dumping: field(kernel, sock, 'netlink_sock.cb_running') !== 0,
  };
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: WORD_BITS }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
}
