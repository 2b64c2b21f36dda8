// What a route tells the transport protocols: struct dst_metrics (include/net/dst.h), by the names that ip gives them.

import { type Kva, NULL } from '../../base/address.js';
import type { RouteMetrics } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';

/** RTAX_*, from 1 on; what is kept in other units than ip prints stands here as it is kept. */
const NAMES = [
  ...['lock', 'mtu', 'window', 'rtt', 'rttVar', 'ssthresh', 'cwnd', 'advmss', 'reordering', 'hopLimit'],
  ...['initialCwnd', 'features', 'rtoMin', 'initialRwnd', 'quickAck', 'congestion', 'fastOpenNoCookie'],
] as const;

/** Those that were set; NULL has none, nor has what routes have that were told none. */
export function routeMetrics(kernel: Kernel, metrics: Kva): RouteMetrics {
  if (metrics === NULL || metrics === kernel.symbols.address('dst_default_metrics')) return {};
  const read = () => {
    const set = NAMES.map((name, i) => [name, kernel.mem.u32(metrics, i * 4)] as const);
    return Object.fromEntries(set.filter(([, value]) => value !== 0));
  };
  return kernel.faults.guard('metrics of a route', read, {});
}
