import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { tcpTimer, tcpTimers } from '../../../../src/parsers/net/timers.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function machine(era: 'new' | 'old') {
  const made = new SyntheticKernel();
  made.types
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('timer_list', { entry: 'hlist_node', expires: 'u64' })
    .struct('clocksource', { mult: 'u32', shift: 'u32' })
    .struct('sock', era === 'new' ? { tcp_retransmit_timer: 'timer_list' } : { sk_timer: 'timer_list' })
    .struct('inet_connection_sock', {
      icsk_inet: 'sock',
      ...(era === 'new' ? { icsk_keepalive_timer: 'timer_list' } : { icsk_timeout: 'u64' }),
      ...{ icsk_pending: 'u8', icsk_retransmits: 'u8', icsk_probes_out: 'u8' },
    });
  made.symbol('clocksource_jiffies', made.make('clocksource', { mult: 4_000_000 << 8, shift: 8 }));
  const now = made.alloc(8);
  made.poke(now, 0x1_0000_0000n);
  made.symbol('jiffies_64', now);
  const sock = made.make('inet_connection_sock');
  return { made, sock };
}

/** Which timer, its member by era, and how it is told. */
test.each([
  [
    'new',
    'retransmission timer in struct sock',
    'icsk_inet.tcp_retransmit_timer.expires',
    'icsk_keepalive_timer',
  ],
  ['old', 'keepalive timer in struct sock', 'icsk_timeout', 'icsk_inet.sk_timer'],
] as const)('timers of the %s era', (era, name, retransmit, keepalive) => {
  const { made, sock } = machine(era);
  const at = (member: string) => `inet_connection_sock.${member}`;
  const read = (values: Record<string, number | bigint>) => {
    for (const [member, value] of Object.entries(values)) made.set(sock as Kva, at(member), value);
    return tcpTimer(made.kernel(), sock);
  };
  expect(made.kernel().era(tcpTimers).name).toBe(name);
  expect(read({})).toEqual({ kind: 0, remainingMs: 0, timeouts: 0 });
  const running = { [`${keepalive}.entry.pprev`]: sock, [`${keepalive}.expires`]: 0x1_0000_00fan };
  expect(read(running)).toEqual({ kind: 2, remainingMs: 1000, timeouts: 0 });
  expect(read({ icsk_pending: 1, [retransmit]: 0x1_0000_0032n, icsk_retransmits: 3 })).toEqual({
    ...{ kind: 1, remainingMs: 200, timeouts: 3 },
  });
  expect(read({ icsk_pending: 3, [retransmit]: 0xffff_ffffn, icsk_probes_out: 2 })).toEqual({
    ...{ kind: 4, remainingMs: -4, timeouts: 2 },
  });
});
