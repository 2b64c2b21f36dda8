// /proc/net/sockstat and sockstat6, byte for byte. Mirrors sockstat_seq_show() of net/ipv4/proc.c and
// sockstat6_seq_show() of net/ipv6/proc.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { counterSum } from '../mm/rss.js';
import type { NetNamespace } from './namespaces.js';
import { memoryPages, socketsInUse } from './protocols.js';

const PROTO = { allocated: 'sockets_allocated' } as const;
const FRAGMENTS = { v4: 'ipv4.fqdir', v6: 'ipv6.fqdir' } as const;
const QUEUES = { count: 'rhashtable.nelems', memory: 'mem' } as const;
const IN_USE = { perCpu: 'core.prot_inuse' } as const;
const ALL = { all: 'all' } as const;
const SOCK_INUSE = { perCpu: 'core.sock_inuse' } as const;
const TW_REFCOUNT = { count: 'ipv4.tcp_death_row.tw_refcount' } as const;
const TW_COUNT = { count: 'ipv4.tcp_death_row.tw_count' } as const;

type Count = (kernel: Kernel, net: Kva) => number;

/** Sockets of a namespace, of all families: what each CPU made and did away with. */
export const allSockets: Trait<Count> = {
  name: 'sockets of a namespace',
  eras: [
    {
      name: 'with those of protocols',
      since: '5.17',
      commit: '4199bae10c49',
      evidence: 'prot_inuse.all',
      probe: hasMember('prot_inuse.all'),
      reader: (kernel, net) => {
        const { all } = kernel.layout('prot_inuse', ALL);
        return cpuSum(kernel, kernel.mem.u64(net, kernel.layout('net', IN_USE).perCpu), all);
      },
    },
    {
      name: 'apart',
      since: '4.15',
      commit: null,
      evidence: 'net.core.sock_inuse',
      probe: hasMember('net.core.sock_inuse'),
      reader: (kernel, net) =>
        cpuSum(kernel, kernel.mem.u64(net, kernel.layout('net', SOCK_INUSE).perCpu), 0),
    },
  ],
};

export const timeWaitSockets: Trait<Count> = {
  name: 'TIME-WAIT sockets of a namespace',
  eras: [
    {
      name: 'reference count',
      since: '5.15',
      commit: null,
      evidence: 'net.ipv4.tcp_death_row.tw_refcount',
      probe: hasMember('net.ipv4.tcp_death_row.tw_refcount'),
      // The namespace has one itself.
      reader: (kernel, net) => kernel.mem.i32(net, kernel.layout('net', TW_REFCOUNT).count) - 1,
    },
    {
      name: 'count',
      since: '4.1',
      commit: null,
      evidence: 'net.ipv4.tcp_death_row.tw_count',
      probe: hasMember('net.ipv4.tcp_death_row.tw_count'),
      reader: (kernel, net) => kernel.mem.i32(net, kernel.layout('net', TW_COUNT).count),
    },
  ],
};

export const orphans: Trait<(kernel: Kernel) => number> = {
  name: 'orphaned TCP sockets',
  eras: [
    {
      name: 'per CPU',
      since: '5.16',
      commit: '19757cebf0c5',
      evidence: 'symbol tcp_orphan_count among the per-CPU variables',
      probe: (_, symbols) => isPerCpu(symbols),
      reader: (kernel) => {
        const symbol = kernel.symbol('tcp_orphan_count');
        const counts = kernel.cpus.possible().map((cpu) => kernel.mem.i32(kernel.cpus.address(symbol, cpu)));
        return positive(counts);
      },
    },
    {
      name: 'counter',
      since: '2.6.29',
      commit: null,
      evidence: 'tcp_orphan_count elsewhere',
      probe: () => true,
      reader: (kernel) => Math.max(0, counterSum(kernel, kernel.symbol('tcp_orphan_count'))),
    },
  ],
};

function isPerCpu(symbols: { address(name: string): Kva | undefined }): boolean {
  const at = symbols.address('tcp_orphan_count');
  const [start, end] = ['__per_cpu_start', '__per_cpu_end'].map((name) => symbols.address(name));
  return at !== undefined && start !== undefined && end !== undefined && at >= start && at < end;
}

function positive(counts: readonly number[]): number {
  return Math.max(
    0,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

function cpuSum(kernel: Kernel, perCpu: bigint, offset: number): number {
  const { mem, cpus } = kernel;
  return positive(cpus.possible().map((cpu) => mem.i32(cpus.pointer(perCpu, cpu), offset)));
}

/** By the symbol of its struct proto; undefined where this kernel does not have it. */
function inUse(kernel: Kernel, net: Kva, proto: string): number | undefined {
  const address = kernel.symbols.address(proto);
  return address === undefined ? undefined : socketsInUse(kernel, net, address);
}

export function sockstatText(kernel: Kernel, { address: net }: NetNamespace): string[] {
  const { mem } = kernel;
  const [tcp, udp] = [kernel.symbol('tcp_prot'), kernel.symbol('udp_prot')];
  const allocated = mem.ptr(tcp, kernel.layout('proto', PROTO).allocated);
  const told = [
    `inuse ${inUse(kernel, net, 'tcp_prot')} orphan ${kernel.trait(orphans)(kernel)}`,
    `tw ${kernel.trait(timeWaitSockets)(kernel, net)} alloc ${Math.max(0, counterSum(kernel, allocated))}`,
    `mem ${memoryPages(kernel, tcp)}`,
  ];
  const lite = inUse(kernel, net, 'udplite_prot');
  return [
    `sockets: used ${kernel.trait(allSockets)(kernel, net)}`,
    `TCP: ${told.join(' ')}`,
    `UDP: inuse ${inUse(kernel, net, 'udp_prot')} mem ${memoryPages(kernel, udp)}`,
    ...(lite === undefined ? [] : [`UDPLITE: inuse ${lite}`]),
    `RAW: inuse ${inUse(kernel, net, 'raw_prot')}`,
    `FRAG: ${fragments(kernel, net, 'v4')}`,
  ];
}

export function sockstat6Text(kernel: Kernel, { address: net }: NetNamespace): string[] {
  const lite = inUse(kernel, net, 'udplitev6_prot');
  return [
    `TCP6: inuse ${inUse(kernel, net, 'tcpv6_prot')}`,
    `UDP6: inuse ${inUse(kernel, net, 'udpv6_prot')}`,
    ...(lite === undefined ? [] : [`UDPLITE6: inuse ${lite}`]),
    `RAW6: inuse ${inUse(kernel, net, 'rawv6_prot')}`,
    `FRAG6: ${fragments(kernel, net, 'v6')}`,
  ];
}

function fragments(kernel: Kernel, net: Kva, family: keyof typeof FRAGMENTS): string {
  const { mem } = kernel;
  const queues = mem.ptr(net, kernel.layout('net', FRAGMENTS)[family]);
  const at = kernel.layout('fqdir', QUEUES);
  return `inuse ${mem.u32(queues, at.count)} memory ${mem.int(queues, at.memory)}`;
}
