// The protocols that have registered: struct proto (include/net/sock.h), as /proc/net/protocols tells of them. Mirrors
// proto_seq_printf() and sock_prot_inuse_get() of net/core/sock.c.

import { type Kva, NULL } from '../../base/address.js';
import type { NetProtocol } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';

const PROTO = {
  name: 'name',
  size: 'obj_size',
  memory: 'memory_allocated',
  pressure: 'memory_pressure',
  maxHeader: 'max_header',
  slab: 'slab',
  owner: 'owner',
  node: 'node',
  inuse: 'inuse_idx',
} as const;
const MODULE = { name: 'name' } as const;
const NET = { inuse: 'core.prot_inuse' } as const;
const PROT_INUSE = { values: 'val' } as const;
const NAME_BYTES = 32;
const MODULE_BYTES = 56;
const MAX_PROTOCOLS = 4096;
/** PROTO_INUSE_NR. */
const MAX_INUSE = 64;
/** Columns by the operation that they tell of; one that this kernel's struct proto has not is left out. */
const OPERATIONS: readonly (readonly [column: string, member: string])[] = [
  ['cl', 'close'],
  ['co', 'connect'],
  ['di', 'disconnect'],
  ['ac', 'accept'],
  ['io', 'ioctl'],
  ['in', 'init'],
  ['de', 'destroy'],
  ['sh', 'shutdown'],
  ['ss', 'setsockopt'],
  ['gs', 'getsockopt'],
  ['se', 'sendmsg'],
  ['re', 'recvmsg'],
  ['sp', 'sendpage'],
  ['bi', 'bind'],
  ['br', 'backlog_rcv'],
  ['ha', 'hash'],
  ['uh', 'unhash'],
  ['gp', 'get_port'],
  ['em', 'enter_memory_pressure'],
];

/** With the number of sockets that each has in a namespace. */
export function readProtocols(kernel: Kernel, net: Kva): NetProtocol[] {
  const found: NetProtocol[] = [];
  const { node } = kernel.layout('proto', PROTO);
  const take = (proto: Kva) => found.push(readProtocol(kernel, proto, net));
  forEachListEntry(kernel, kernel.symbol('proto_list'), node, take, MAX_PROTOCOLS);
  return found;
}

function readProtocol(kernel: Kernel, proto: Kva, net: Kva): NetProtocol {
  const { mem } = kernel;
  const at = kernel.layout('proto', PROTO);
  const [pressure, owner] = [mem.ptr(proto, at.pressure), mem.ptr(proto, at.owner)];
  return {
    name: mem.cstr(proto, at.name, NAME_BYTES),
    objectSize: mem.u32(proto, at.size),
    sockets: kernel.faults.guard('sockets in use', () => socketsInUse(kernel, net, proto), 0),
    memoryPages: memoryPages(kernel, proto),
    pressure: pressure === NULL ? null : mem.u32(pressure) !== 0 || mem.u32(pressure, 4) !== 0,
    maxHeader: mem.u32(proto, at.maxHeader),
    slab: mem.ptr(proto, at.slab) !== NULL,
    module: owner === NULL ? null : mem.cstr(owner, kernel.layout('module', MODULE).name, MODULE_BYTES),
    operations: operationsOf(kernel, proto),
  };
}

/** proto_memory_allocated(): pages of buffers, but for what CPUs keep aside; null where the protocol does not count them. */
export function memoryPages(kernel: Kernel, proto: Kva): number | null {
  const memory = kernel.mem.ptr(proto, kernel.layout('proto', PROTO).memory);
  return memory === NULL ? null : Math.max(0, kernel.mem.int(memory));
}

/** Each CPU counts what it made and what it freed: only the sum means something. */
export function socketsInUse(kernel: Kernel, net: Kva, proto: Kva): number {
  const { mem, cpus } = kernel;
  const index = mem.u32(proto, kernel.layout('proto', PROTO).inuse);
  const perCpu = mem.u64(net, kernel.layout('net', NET).inuse);
  const { values } = kernel.layout('prot_inuse', PROT_INUSE);
  if (perCpu === 0n || index >= MAX_INUSE) return 0;
  const counts = cpus.possible().map((cpu) => mem.i32(cpus.pointer(perCpu, cpu), values + 4 * index));
  return Math.max(
    0,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

function operationsOf(kernel: Kernel, proto: Kva): NetProtocol['operations'] {
  return OPERATIONS.flatMap(([column, name]) => {
    const member = kernel.types.member(`proto.${name}`);
    return member === undefined ? [] : [{ column, there: kernel.mem.ptr(proto, member.offset) !== NULL }];
  });
}

/** /proc/net/protocols. */
export function protocolsText(protocols: readonly NetProtocol[]): string[] {
  const columns = protocols[0]?.operations.map(({ column }) => column) ?? [];
  const head = 'protocol  size sockets  memory press maxhdr  slab module     ';
  return [`${head}${columns.join(' ')}`, ...protocols.map(protocolLine)];
}

function protocolLine(each: NetProtocol): string {
  const yes = (is: boolean) => (is ? 'yes' : 'no').padEnd(3);
  const pressure = each.pressure === null ? 'NI ' : yes(each.pressure);
  const size = `${each.name.padEnd(9)} ${String(each.objectSize).padStart(4)} ${String(each.sockets).padStart(6)}`;
  const memory = `${String(each.memoryPages ?? -1).padStart(6)}   ${pressure} ${String(each.maxHeader).padStart(6)}`;
  const operations = each.operations.map(({ there }) => (there ? ' y' : ' n')).join(' ');
  return `${size}  ${memory}   ${yes(each.slab)}  ${(each.module ?? 'kernel').padEnd(10)} ${operations}`;
}
