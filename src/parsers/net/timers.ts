// The timers of TCP sockets and minisocks. Mirrors get_tcp4_sock(), get_openreq4() and get_timewait4_sock() of
// net/ipv4/tcp_ipv4.c.

import { type Kva, NULL } from '../../base/address.js';
import type { SocketTimer } from '../../snapshot/socket.js';
import { jiffiesPerSecond } from '../fs/super-options/jiffies.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { field } from './bits.js';

const TIMER = { pprev: 'entry.pprev', expires: 'expires' } as const;
const RETRANSMIT_IN_SOCK = { retransmit: 'tcp_retransmit_timer' } as const;
const KEEPALIVE_IN_ICSK = { keepalive: 'icsk_keepalive_timer' } as const;
const TIMEOUT_IN_ICSK = { timeout: 'icsk_timeout' } as const;
const KEEPALIVE_IN_SOCK = { keepalive: 'sk_timer' } as const;

/** icsk_pending (include/net/inet_connection_sock.h): retransmission, its loss probe, and the reordering timeout. */
const RETRANSMISSION = new Set([1, 5, 6]);
const ZERO_WINDOW_PROBE = 3;
const USER_HZ = 100;
const IDLE: SocketTimer = { kind: 0, remainingMs: 0, timeouts: 0 };

interface TimerPlaces {
  /** Offset in the socket of the word that holds the retransmission timer's time. */
  readonly retransmitExpires: number;
  /** Offset of the keepalive timer's struct timer_list. */
  readonly keepalive: number;
}

export const tcpTimers: Trait<(kernel: Kernel) => TimerPlaces> = {
  name: 'TCP timers',
  eras: [
    {
      name: 'retransmission timer in struct sock',
      since: '6.19',
      commit: '08dfe370239e',
      evidence: 'inet_connection_sock.icsk_keepalive_timer',
      probe: hasMember('inet_connection_sock.icsk_keepalive_timer'),
      reader: (kernel) => ({
        retransmitExpires:
          kernel.layout('sock', RETRANSMIT_IN_SOCK).retransmit + kernel.layout('timer_list', TIMER).expires,
        keepalive: kernel.layout('inet_connection_sock', KEEPALIVE_IN_ICSK).keepalive,
      }),
    },
    {
      name: 'keepalive timer in struct sock',
      since: '2.6',
      commit: null,
      evidence: 'inet_connection_sock.icsk_timeout',
      probe: hasMember('inet_connection_sock.icsk_timeout'),
      reader: (kernel) => ({
        retransmitExpires: kernel.layout('inet_connection_sock', TIMEOUT_IN_ICSK).timeout,
        keepalive: kernel.layout('sock', KEEPALIVE_IN_SOCK).keepalive,
      }),
    },
  ],
};

export function tcpTimer(kernel: Kernel, sock: Kva): SocketTimer {
  const { mem } = kernel;
  const places = kernel.trait(tcpTimers)(kernel);
  const pending = field(kernel, sock, 'inet_connection_sock.icsk_pending');
  const remainingMs = () => msUntil(kernel, mem.u64(sock, places.retransmitExpires));
  const icsk = (name: string) => field(kernel, sock, `inet_connection_sock.${name}`);
  if (RETRANSMISSION.has(pending))
    return { kind: 1, remainingMs: remainingMs(), timeouts: icsk('icsk_retransmits') };
  const probes = icsk('icsk_probes_out');
  if (pending === ZERO_WINDOW_PROBE) return { kind: 4, remainingMs: remainingMs(), timeouts: probes };
  return timerAt(kernel, (sock + places.keepalive) as Kva, 2, probes);
}

/** The timer of a struct timer_list, if it runs. */
export function timerAt(kernel: Kernel, timer: Kva, kind: 1 | 2 | 3, timeouts: number): SocketTimer {
  const at = kernel.layout('timer_list', TIMER);
  if (kernel.mem.ptr(timer, at.pprev) === NULL) return IDLE;
  return { kind, remainingMs: msUntil(kernel, kernel.mem.u64(timer, at.expires)), timeouts };
}

function msUntil(kernel: Kernel, expires: bigint): number {
  return jiffiesToMs(kernel, jiffiesUntil(kernel, expires));
}

function jiffiesUntil(kernel: Kernel, expires: bigint): number {
  const now = kernel.mem.u64(kernel.symbol('jiffies_64'));
  return Number(BigInt.asIntN(64, expires - now));
}

/** From now to a time in jiffies, in hundredths of a second (USER_HZ); negative when it is past. */
export function ticksLeft(kernel: Kernel, expires: bigint): number {
  return Math.trunc((jiffiesUntil(kernel, expires) * USER_HZ) / jiffiesPerSecond(kernel));
}

export function jiffiesToMs(kernel: Kernel, jiffies: number): number {
  return Math.round((jiffies * 1000) / jiffiesPerSecond(kernel));
}
