// Families and types of sockets by the names that a snapshot gives them.

import { AF } from './sockaddr.js';

const TYPES: Readonly<Record<string, number>> = {
  stream: 1,
  dgram: 2,
  raw: 3,
  rdm: 4,
  seqpacket: 5,
  dccp: 6,
  packet: 10,
};

export function familyNumber(name: string): number {
  return (AF as Readonly<Record<string, number>>)[name] ?? Number(/^af-(\d+)$/.exec(name)?.[1] ?? 0);
}

export function typeNumber(name: string): number {
  return TYPES[name] ?? Number(/^type-(\d+)$/.exec(name)?.[1] ?? 0);
}

export const IPPROTO = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, udplite: 136, mptcp: 262 } as const;
