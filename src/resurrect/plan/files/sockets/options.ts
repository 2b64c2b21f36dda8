// What setsockopt(2) has set, as bits and numbers of the plan.

import type { Socket } from '../../../../snapshot/socket.js';
import { type Socket as Row, SOCKET_FLAG } from '../../../abi/records/sockets.js';

/** tcp_sock.nonagle (include/net/tcp.h). */
const NONAGLE = { off: 1, cork: 2 } as const;
const SHUTDOWN = { receive: 1, send: 2 } as const;

export function flagsOf(socket: Socket, embryo: boolean): number {
  const { options, tcp, inet, shutdown } = socket;
  const nonagle = tcp?.nonagle ?? 0;
  const bits: readonly (readonly [boolean | undefined, number])[] = [
    [options?.reuseAddress, SOCKET_FLAG.reuse_address],
    [options?.reusePort, SOCKET_FLAG.reuse_port],
    [options?.keepAlive, SOCKET_FLAG.keepalive],
    [options?.broadcast, SOCKET_FLAG.broadcast],
    [options?.passCredentials, SOCKET_FLAG.pass_credentials],
    [inet?.v6only, SOCKET_FLAG.v6_only],
    [(nonagle & NONAGLE.off) !== 0, SOCKET_FLAG.no_delay],
    [(nonagle & NONAGLE.cork) !== 0, SOCKET_FLAG.cork],
    [(shutdown & SHUTDOWN.receive) !== 0, SOCKET_FLAG.shut_receive],
    [(shutdown & SHUTDOWN.send) !== 0, SOCKET_FLAG.shut_send],
    [options !== null && options.lingerSeconds !== null, SOCKET_FLAG.linger],
    [options?.urgentInline, SOCKET_FLAG.oob_inline],
    [options?.timestamps, SOCKET_FLAG.timestamps],
    [embryo, SOCKET_FLAG.embryo],
    [options?.receiveBufferSet, SOCKET_FLAG.receive_buffer_set],
    [options?.sendBufferSet, SOCKET_FLAG.send_buffer_set],
  ];
  return bits.reduce((flags, [set, bit]) => (set === true ? flags | bit : flags), 0);
}

type Numbers = Pick<
  Row,
  | 'receiveLimit'
  | 'sendLimit'
  | 'receiveLow'
  | 'priority'
  | 'mark'
  | 'linger'
  | 'receiveTimeout'
  | 'sendTimeout'
  | 'boundDevice'
>;

export function numbersOf({ options, memory, inet }: Socket): Numbers {
  return {
    receiveLimit: Math.max(0, memory?.receiveLimit ?? 0),
    sendLimit: Math.max(0, memory?.sendLimit ?? 0),
    receiveLow: options?.receiveLowWater ?? 0,
    priority: options?.priority ?? 0,
    mark: options?.mark ?? 0,
    linger: options?.lingerSeconds ?? 0,
    boundDevice: Math.max(0, inet?.boundDevice ?? 0),
    receiveTimeout: BigInt(options?.receiveTimeout ?? 0),
    sendTimeout: BigInt(options?.sendTimeout ?? 0),
  };
}
