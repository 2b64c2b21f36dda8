// The numbers of the socket interface by their names (include/linux/socket.h, include/net/tcp_states.h).

const FAMILIES: Readonly<Record<number, string>> = {
  1: 'unix',
  2: 'inet',
  10: 'inet6',
  16: 'netlink',
  17: 'packet',
  40: 'vsock',
};
const TYPES: Readonly<Record<number, string>> = {
  1: 'stream',
  2: 'dgram',
  3: 'raw',
  4: 'rdm',
  5: 'seqpacket',
  6: 'dccp',
  10: 'packet',
};
const STATES = [
  'none',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'new-syn-recv',
  'bound-inactive',
];

/** enum of tcp_states.h; other families use some of them too. */
export const TCP = { established: 1, synSent: 2, timeWait: 6, close: 7, listen: 10, newSynRecv: 12 } as const;

export function familyName(family: number): string {
  return FAMILIES[family] ?? `af-${family}`;
}

export function typeName(type: number): string {
  return TYPES[type] ?? `type-${type}`;
}

export function stateName(state: number): string {
  return STATES[state] ?? `state-${state}`;
}
