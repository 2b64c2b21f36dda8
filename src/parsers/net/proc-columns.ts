// Columns that the tables of /proc/net share.

import type { Socket } from '../../snapshot/socket.js';

const AF_INET_BYTES = 8;

export function hexColumn(value: number, digits: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');
}

export const left = (value: string | number, width: number): string => String(value).padEnd(width);
export const right = (value: string | number, width: number): string => String(value).padStart(width);

/** `0100007F:0016`: the words of the address as the processor reads them, then the port. */
export function endpointColumn(bytes: string, port: number): string {
  const words = bytes.match(/.{8}/g) ?? [];
  const swapped = words.map((word) => (word.match(/../g) ?? []).reverse().join(''));
  return `${swapped.join('').toUpperCase()}:${hexColumn(port, 4)}`;
}

export function isIpv4({ inet }: Socket): boolean {
  return inet?.localBytes.length === AF_INET_BYTES;
}

/** `sl local remote st tx:rx tr:when retrnsmt`, and what comes behind them. */
export function inetLine(
  socket: Socket,
  slot: number,
  slotWidth: number,
  middle: { readonly timer: number; readonly when: number; readonly retransmits: number },
  rest: string,
): string {
  const { inet } = socket;
  if (inet === null) return '';
  const local = endpointColumn(inet.localBytes, inet.localPort);
  const remote = endpointColumn(inet.remoteBytes, inet.remotePort);
  const queues = `${hexColumn(sent(socket), 8)}:${hexColumn(socket.receiveBytes, 8)}`;
  const timer = `${hexColumn(middle.timer, 2)}:${hexColumn(middle.when, 8)}`;
  const state = hexColumn(procState(socket), 2);
  const start = `${right(slot, slotWidth)}: ${local} ${remote} ${state} ${queues} ${timer}`;
  return `${start} ${hexColumn(middle.retransmits, 8)} ${rest}`;
}

/** Of a listener ss tells the limit of its backlog there, /proc nothing. */
function sent({ state, sendBytes }: Socket): number {
  return state === 'listen' ? 0 : sendBytes;
}

/** A request is printed in the state that the connection would have. */
function procState({ form, stateNumber }: Socket): number {
  const SYN_RECV = 3;
  return form === 'request' ? SYN_RECV : stateNumber;
}
