// Where routes lead: struct fib_nh_common (include/net/ip_fib.h), which both families' next hops begin with, and next hop
// objects (include/net/nexthop.h), which many routes can share.

import { type Kva, NULL } from '../../base/address.js';
import type { NextHop } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { inetAddress } from './addresses.js';
import { deviceIndex, deviceName } from './devices.js';

const HOP = {
  device: 'nhc_dev',
  gatewayFamily: 'nhc_gw_family',
  gateway: 'nhc_gw',
  weight: 'nhc_weight',
  flags: 'nhc_flags',
} as const;
const OBJECT = { id: 'id', isGroup: 'is_group', info: 'nh_info', group: 'nh_grp' } as const;
const OBJECT_INFO = { hop: 'fib_nhc' } as const;
const GROUP = { count: 'num_nh', entries: 'nh_entries' } as const;
const ENTRY = { object: 'nh' } as const;
const MAX_GROUP = 1 << 16;
const AF_INET6 = 10;
/** RTN_*. */
const TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];

export function routeType(type: number): string {
  return TYPES[type] ?? String(type);
}

export function hopAt(kernel: Kernel, hop: Kva): NextHop {
  const { mem } = kernel;
  const at = kernel.layout('fib_nh_common', HOP);
  const device = mem.ptr(hop, at.device);
  const family = mem.u8(hop, at.gatewayFamily);
  return {
    device: device === NULL ? null : deviceName(kernel, device),
    index: device === NULL ? 0 : deviceIndex(kernel, device),
    gateway: family === 0 ? null : inetAddress(mem.bytes(hop, family === AF_INET6 ? 16 : 4, at.gateway)),
    weight: mem.i32(hop, at.weight),
    flags: mem.u8(hop, at.flags),
  };
}

/** Id of the struct nexthop that a route refers to; null for NULL. */
export function objectId(kernel: Kernel, object: Kva): number | null {
  return object === NULL ? null : kernel.mem.u32(object, kernel.layout('nexthop', OBJECT).id);
}

/** Of a struct nexthop: its own, or those of its group. */
export function objectHops(kernel: Kernel, object: Kva): NextHop[] {
  return hopsOf(kernel, object).map((hop) => hopAt(kernel, hop));
}

/** struct fib_nh_common of a struct nexthop, or of the first of its group. */
export function firstObjectHop(kernel: Kernel, object: Kva): Kva {
  const [first] = hopsOf(kernel, object);
  if (first === undefined) throw kernel.mem.fault('corrupt', 'a group without next hops', object);
  return first;
}

function hopsOf(kernel: Kernel, object: Kva): Kva[] {
  const { mem } = kernel;
  const at = kernel.layout('nexthop', OBJECT);
  if (mem.u8(object, at.isGroup) === 0) return [hopOf(kernel, object)];
  const group = mem.ptr(object, at.group);
  const of = kernel.layout('nh_group', GROUP);
  const count = mem.u16(group, of.count);
  if (count > MAX_GROUP) throw mem.fault('corrupt', `a group of ${count} next hops`, group);
  const size = kernel.sizeOf('nh_grp_entry');
  const entry = kernel.layout('nh_grp_entry', ENTRY).object;
  return Array.from({ length: count }, (_, i) =>
    hopOf(kernel, mem.ptr((group + of.entries + i * size) as Kva, entry)),
  );
}

function hopOf(kernel: Kernel, object: Kva): Kva {
  const info = kernel.mem.ptr(object, kernel.layout('nexthop', OBJECT).info);
  return (info + kernel.layout('nh_info', OBJECT_INFO).hop) as Kva;
}
