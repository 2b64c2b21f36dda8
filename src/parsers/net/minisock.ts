// TCP's small stand-ins for sockets: a connection that begins (struct tcp_request_sock) or has ended (struct
// tcp_timewait_sock, include/linux/tcp.h).

import { type Kva, NULL } from '../../base/address.js';
import type { Socket, SocketTimer, TcpRequest, TcpTimeWait } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { field } from './bits.js';
import { TCP } from './names.js';
import { timerAt } from './timers.js';

const REQUEST = { timer: 'rsk_timer', listener: '__req_common.skc_listener' } as const;
const TIMEWAIT = { timer: 'tw_timer', substate: 'tw_substate' } as const;

type Part = Pick<Socket, 'request' | 'timeWait' | 'timer'> & { readonly stateNumber: number };

export function requestPart(kernel: Kernel, sock: Kva): Part {
  const { faults } = kernel;
  const at = kernel.layout('request_sock', REQUEST);
  const timeouts = () => field(kernel, sock, 'request_sock.num_timeout');
  const timer = (): SocketTimer => timerAt(kernel, (sock + at.timer) as Kva, 1, timeouts());
  return {
    stateNumber: TCP.newSynRecv,
    request: faults.guard('request', () => readRequest(kernel, sock), null),
    timeWait: null,
    timer: faults.guard('timer', timer, null),
  };
}

export function timeWaitPart(kernel: Kernel, sock: Kva): Part {
  const { faults } = kernel;
  const at = kernel.layout('inet_timewait_sock', TIMEWAIT);
  return {
    // FIN-WAIT-2 without its process is kept as a timewait socket as well.
    stateNumber: kernel.mem.u8(sock, at.substate),
    request: null,
    timeWait: faults.guard('time wait', () => readTimeWait(kernel, sock), null),
    timer: faults.guard('timer', () => timerAt(kernel, (sock + at.timer) as Kva, 3, 0), null),
  };
}

function readRequest(kernel: Kernel, sock: Kva): TcpRequest {
  const listener = kernel.mem.ptr(sock, kernel.layout('request_sock', REQUEST).listener);
  const common = (name: string) => field(kernel, sock, `request_sock.${name}`);
  const inet = (name: string) => field(kernel, sock, `inet_request_sock.${name}`);
  const tcp = (name: string) => field(kernel, sock, `tcp_request_sock.${name}`);
  const scaled = inet('wscale_ok') === 1;
  return {
    listener: listener === NULL ? null : kernel.mem.hex(listener),
    rcvIsn: tcp('rcv_isn'),
    sntIsn: tcp('snt_isn'),
    rcvNxt: tcp('rcv_nxt'),
    rcvWnd: common('__req_common.skc_rcv_wnd'),
    mss: common('mss'),
    sack: inet('sack_ok') === 1,
    timestamps: inet('tstamp_ok') === 1,
    windowScaling: scaled,
    sndWscale: scaled ? inet('snd_wscale') : 0,
    rcvWscale: scaled ? inet('rcv_wscale') : 0,
    ecn: inet('ecn_ok') === 1,
    tsRecent: common('ts_recent'),
    tsOffset: tcp('ts_off'),
    retransmits: common('num_retrans'),
  };
}

function readTimeWait(kernel: Kernel, sock: Kva): TcpTimeWait {
  const common = (name: string) => field(kernel, sock, `inet_timewait_sock.${name}`);
  const tcp = (name: string) => field(kernel, sock, `tcp_timewait_sock.${name}`);
  return {
    sndNxt: common('__tw_common.skc_tw_snd_nxt'),
    rcvNxt: common('__tw_common.skc_tw_rcv_nxt'),
    rcvWnd: tcp('tw_rcv_wnd'),
    rcvWscale: common('tw_rcv_wscale'),
    tsRecent: tcp('tw_ts_recent'),
    tsOffset: tcp('tw_ts_offset'),
  };
}
