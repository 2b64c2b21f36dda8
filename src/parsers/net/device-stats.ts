// A device's counters. Mirrors dev_get_stats() of net/core/dev.c: a driver that has its own function for them is asked,
// here as far as we know that function (loopback, dummy, tunnels); else they lie in struct net_device.

import { type Kva, NULL } from '../../base/address.js';
import type { DeviceStats } from '../../snapshot/network.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { fieldOr } from './bits.js';

const DEVICE = { ops: 'netdev_ops', stats: 'stats', perCpu: 'tstats', core: 'core_stats?' } as const;
const OPS = { stats64: 'ndo_get_stats64', stats: 'ndo_get_stats' } as const;
const LOOPBACK = { packets: 'packets', bytes: 'bytes' } as const;
const TUNNEL = {
  rxPackets: 'rx_packets',
  rxBytes: 'rx_bytes',
  txPackets: 'tx_packets',
  txBytes: 'tx_bytes',
} as const;
const CORE = { rxDropped: 'rx_dropped', txDropped: 'tx_dropped' } as const;
/** struct net_device_stats: words in an order that programs know, and that stays. */
const WORDS = [
  'rxPackets',
  'txPackets',
  'rxBytes',
  'txBytes',
  'rxErrors',
  'txErrors',
  'rxDropped',
  'txDropped',
  'multicast',
  'collisions',
] as const;
const WORD = 8;
/** enum netdev_stat_type (6.8): which per-CPU counters the core adds up itself. */
const STAT_TYPE = { tunnel: 2 } as const;

type Counters = Record<(typeof WORDS)[number], bigint>;

export function readStats(kernel: Kernel, device: Kva): DeviceStats | null {
  const counters = base(kernel, device);
  if (counters === null) return null;
  addCore(kernel, device, counters);
  return Object.fromEntries(WORDS.map((name) => [name, wide(counters[name])])) as unknown as DeviceStats;
}

function base(kernel: Kernel, device: Kva): Counters | null {
  const { mem } = kernel;
  const ops = mem.ptr(device, kernel.layout('net_device', DEVICE).ops);
  const at = kernel.layout('net_device_ops', OPS);
  const ask = mem.ptr(ops, at.stats64);
  if (ask !== NULL) {
    const name = kernel.symbols.nearest(ask)?.name;
    if (name === 'loopback_get_stats64') return loopback(kernel, device);
    if (name === 'dummy_get_stats64') return sink(kernel, device);
    if (name === 'dev_get_tstats64') return tunnel(kernel, device);
    return null;
  }
  if (mem.ptr(ops, at.stats) !== NULL) return null;
  const type = fieldOr(kernel, device, 'net_device.pcpu_stat_type', 0);
  if (type === STAT_TYPE.tunnel) return tunnel(kernel, device);
  return type === 0 ? plain(kernel, device) : null;
}

function plain(kernel: Kernel, device: Kva): Counters {
  const { stats } = kernel.layout('net_device', DEVICE);
  const words = WORDS.map((name, i) => [name, kernel.mem.u64(device, stats + i * WORD)]);
  return Object.fromEntries(words) as Counters;
}

/** What goes out comes in: one counter for both. */
function loopback(kernel: Kernel, device: Kva): Counters {
  const at = kernel.layout('pcpu_lstats', LOOPBACK);
  const none = Object.fromEntries(WORDS.map((name) => [name, 0n])) as Counters;
  for (const cpu of areas(kernel, device)) {
    none.rxPackets += kernel.mem.u64(cpu, at.packets);
    none.rxBytes += kernel.mem.u64(cpu, at.bytes);
  }
  return { ...none, txPackets: none.rxPackets, txBytes: none.rxBytes };
}

/** drivers/net/dummy.c: what goes out is gone. */
function sink(kernel: Kernel, device: Kva): Counters {
  return { ...loopback(kernel, device), rxPackets: 0n, rxBytes: 0n };
}

function tunnel(kernel: Kernel, device: Kva): Counters {
  const at = kernel.layout('pcpu_sw_netstats', TUNNEL);
  const sum = plain(kernel, device);
  for (const cpu of areas(kernel, device)) {
    for (const name of ['rxPackets', 'rxBytes', 'txPackets', 'txBytes'] as const)
      sum[name] += kernel.mem.u64(cpu, at[name]);
  }
  return sum;
}

/** Each CPU's copy of the counters: lstats, tstats and dstats are one word. */
function areas(kernel: Kernel, device: Kva): Kva[] {
  const perCpu = kernel.mem.u64(device, kernel.layout('net_device', DEVICE).perCpu);
  return perCpu === 0n ? [] : kernel.cpus.possible().map((cpu) => kernel.cpus.pointer(perCpu, cpu));
}

/** Packets that the core itself dropped. */
function addCore(kernel: Kernel, device: Kva, sum: Counters): void {
  const { core } = kernel.layout('net_device', DEVICE);
  const perCpu = core === undefined ? 0n : kernel.mem.u64(device, core);
  if (perCpu === 0n) return;
  const at = kernel.layout('net_device_core_stats', CORE);
  for (const cpu of kernel.cpus.possible()) {
    const area = kernel.cpus.pointer(perCpu, cpu);
    sum.rxDropped += kernel.mem.u64(area, at.rxDropped);
    sum.txDropped += kernel.mem.u64(area, at.txDropped);
  }
}
