// /proc/net/{igmp,igmp6,dev_mcast}, byte for byte. Mirrors igmp_mc_seq_show() of net/ipv4/igmp.c, igmp6_mc_seq_show() of
// net/ipv6/mcast.c, and dev_mc_seq_show() of net/core/dev_addr_lists.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { forEachListEntry } from '../walks/list.js';
import { field } from './bits.js';
import { deviceIndex, deviceName, devicesOf } from './devices.js';
import type { NetNamespace } from './namespaces.js';
import { hexColumn, left, right } from './proc-columns.js';
import { ticksLeft } from './timers.js';

const DEVICE = { v4: 'ip_ptr', v6: 'ip6_ptr', addresses: 'mc.list', addressLength: 'addr_len' } as const;
const IN_DEVICE = {
  first: 'mc_list',
  count: 'mc_count',
  v1Seen: 'mr_v1_seen',
  v2Seen: 'mr_v2_seen',
  forced: 'cnf.data',
} as const;
const NET = { all: 'ipv4.devconf_all' } as const;
const CONFIG = { data: 'data' } as const;
const INET6_DEV = { first: 'mc_list' } as const;
const GROUP4 = { next: 'next_rcu', address: 'multiaddr', users: 'users', timer: 'timer.expires' } as const;
const GROUP6 = { next: 'next', address: 'mca_addr', users: 'mca_users', flags: 'mca_flags' } as const;
const HARDWARE = { list: 'list', address: 'addr', references: 'refcount', global: 'global_use' } as const;
const IGMP_HEAD = 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter';
/** IPV4_DEVCONF_FORCE_IGMP_VERSION, counted from 1. */
const FORCE_IGMP_VERSION = 17;
/** MAF_TIMER_RUNNING. */
const TIMER_RUNNING = 1;
const MAX_GROUPS = 1 << 20;

export function igmpText(kernel: Kernel, namespace: NetNamespace): string[] {
  const { mem } = kernel;
  const lines = [IGMP_HEAD];
  for (const { device } of devicesOf(kernel, namespace)) {
    const config = mem.ptr(device, kernel.layout('net_device', DEVICE).v4);
    if (config === NULL) continue;
    const at = kernel.layout('in_device', IN_DEVICE);
    const first = mem.ptr(config, at.first);
    if (first === NULL) continue;
    const name = `${deviceIndex(kernel, device)}\t${left(deviceName(kernel, device), 10)}`;
    lines.push(
      `${name}: ${right(mem.u32(config, at.count), 5)} ${right(querier(kernel, config, namespace), 7)}`,
    );
    const { next } = kernel.layout('ip_mc_list', GROUP4);
    forEachLinked(kernel, first, next, (group) => lines.push(groupLine(kernel, group)), MAX_GROUPS);
  }
  return lines;
}

/** The version that queriers were heard to speak of late, unless one is laid down. */
function querier(kernel: Kernel, config: Kva, { address }: NetNamespace): string {
  const { mem } = kernel;
  const at = kernel.layout('in_device', IN_DEVICE);
  const all = mem.ptr(address, kernel.layout('net', NET).all);
  const version = (FORCE_IGMP_VERSION - 1) * 4;
  const forced = [
    mem.u32(config, at.forced + version),
    mem.u32(all, kernel.layout('ipv4_devconf', CONFIG).data + version),
  ];
  const isRecent = (offset: number) => {
    const until = mem.u64(config, offset);
    return until !== 0n && ticksLeft(kernel, until) > 0;
  };
  if (forced.includes(1) || isRecent(at.v1Seen)) return 'V1';
  return forced.includes(2) || isRecent(at.v2Seen) ? 'V2' : 'V3';
}

function groupLine(kernel: Kernel, group: Kva): string {
  const { mem } = kernel;
  const at = kernel.layout('ip_mc_list', GROUP4);
  const runs = field(kernel, group, 'ip_mc_list.tm_running');
  const rest = runs === 0 ? 0 : Math.max(0, ticksLeft(kernel, mem.u64(group, at.timer)));
  const reporter = field(kernel, group, 'ip_mc_list.reporter');
  const timer = `${runs}:${hexColumn(rest, 8)}`;
  return `\t\t\t\t${hexColumn(mem.u32(group, at.address), 8)} ${right(mem.u32(group, at.users), 5)} ${timer}\t\t${reporter}`;
}

export function igmp6Text(kernel: Kernel, namespace: NetNamespace): string[] {
  const { mem } = kernel;
  const lines: string[] = [];
  const at = kernel.layout('ifmcaddr6', GROUP6);
  for (const { device } of devicesOf(kernel, namespace)) {
    const config = mem.ptr(device, kernel.layout('net_device', DEVICE).v6);
    if (config === NULL) continue;
    const first = mem.ptr(config, kernel.layout('inet6_dev', INET6_DEV).first);
    const take = (group: Kva) => {
      const flags = mem.u32(group, at.flags);
      const rest = (flags & TIMER_RUNNING) === 0 ? 0 : ticksLeft(kernel, groupTimer(kernel, group));
      const address = Buffer.from(mem.bytes(group, 16, at.address)).toString('hex');
      const counts = `${right(mem.u32(group, at.users), 5)} ${hexColumn(flags, 8)} ${rest}`;
      lines.push(`${deviceColumns(kernel, device)} ${address} ${counts}`);
    };
    forEachLinked(kernel, first, at.next, take, MAX_GROUPS);
  }
  return lines;
}

/** A work item's timer since 5.13, a timer before. */
function groupTimer(kernel: Kernel, group: Kva): bigint {
  const work = kernel.types.member('ifmcaddr6.mca_work.timer.expires');
  const timer = work ?? kernel.types.member('ifmcaddr6.mca_timer.expires');
  return timer === undefined ? 0n : kernel.mem.u64(group, timer.offset);
}

function deviceColumns(kernel: Kernel, device: Kva): string {
  return `${left(deviceIndex(kernel, device), 4)} ${left(deviceName(kernel, device), 15)}`;
}

export function deviceMulticastText(kernel: Kernel, namespace: NetNamespace): string[] {
  const { mem } = kernel;
  const lines: string[] = [];
  const at = kernel.layout('netdev_hw_addr', HARDWARE);
  for (const { device } of devicesOf(kernel, namespace)) {
    const of = kernel.layout('net_device', DEVICE);
    const length = mem.u8(device, of.addressLength);
    const take = (entry: Kva) => {
      const counts = [mem.u32(entry, at.references), mem.u8(entry, at.global)].map((count) => left(count, 5));
      const address = Buffer.from(mem.bytes(entry, length, at.address)).toString('hex');
      lines.push(`${deviceColumns(kernel, device)} ${counts.join(' ')} ${address}`);
    };
    forEachListEntry(kernel, (device + of.addresses) as Kva, at.list, take, MAX_GROUPS);
  }
  return lines;
}
