// Network devices: struct net_device (include/linux/netdevice.h), as dev_get_flags() and rtnl_fill_ifinfo() tell of them.

import { type Kva, NULL } from '../../base/address.js';
import type { NetDevice } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { readStats } from './device-stats.js';
import { type NetNamespace, netNamespaces } from './namespaces.js';

const NET = { devices: 'dev_base_head' } as const;
const DEVICE = {
  list: 'dev_list',
  name: 'name',
  index: 'ifindex',
  mtu: 'mtu',
  flags: 'flags',
  userFlags: 'gflags',
  address: 'dev_addr',
  addressLength: 'addr_len',
  broadcast: 'broadcast',
  type: 'type',
  operState: 'operstate',
  state: 'state',
  queueLength: 'tx_queue_len',
  qdisc: 'qdisc',
  group: 'group',
  linkOps: 'rtnl_link_ops',
} as const;
const LINK_OPS = { kind: 'kind' } as const;
const QDISC = { ops: 'ops' } as const;
const QDISC_OPS = { id: 'id' } as const;
const NAME_BYTES = 16;
/** MAX_ADDR_LEN. */
const MAX_ADDRESS = 32;
const MAX_DEVICES = 1 << 20;

/** IFF_* by bit, in the order in which ip prints them. */
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
  [0x1_0000, 'LOWER_UP'],
  [0x2_0000, 'DORMANT'],
  [0x4_0000, 'ECHO'],
];
const IFF = { up: 1, running: 0x40, allMulti: 0x200, promisc: 0x100, lowerUp: 0x1_0000, dormant: 0x2_0000 };
/** What the kernel works out anew whenever it is asked. */
const COMPUTED = IFF.running | IFF.allMulti | IFF.promisc | IFF.lowerUp | IFF.dormant;
/** __LINK_STATE_* bits. */
const LINK = { start: 1, noCarrier: 4, dormant: 16 };
const OPER_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'];
const OPER = { unknown: 0, down: 2, up: 6 };

export interface DeviceAt {
  readonly device: Kva;
  readonly namespace: number;
}

/** Addresses of every struct net_device, in the order of each namespace's list. */
export function deviceAddresses(kernel: Kernel): DeviceAt[] {
  return netNamespaces(kernel).flatMap((namespace) =>
    kernel.faults.guard(`devices of ${namespace.inode}`, () => devicesOf(kernel, namespace), []),
  );
}

/** In the order of the namespace's list. */
export function devicesOf(kernel: Kernel, { address, inode }: NetNamespace): DeviceAt[] {
  const found: DeviceAt[] = [];
  const head = (address + kernel.layout('net', NET).devices) as Kva;
  const { list } = kernel.layout('net_device', DEVICE);
  forEachListEntry(kernel, head, list, (device) => found.push({ device, namespace: inode }), MAX_DEVICES);
  return found;
}

export function readDevices(kernel: Kernel): NetDevice[] {
  return deviceAddresses(kernel).flatMap(({ device, namespace }) =>
    kernel.faults.guard('struct net_device', () => [readDevice(kernel, device, namespace)], []),
  );
}

const names = perKernel(() => new Map<Kva, string>());

export function deviceName(kernel: Kernel, device: Kva): string {
  const known = names(kernel);
  let found = known.get(device);
  if (found === undefined) {
    found = kernel.mem.cstr(device, kernel.layout('net_device', DEVICE).name, NAME_BYTES);
    known.set(device, found);
  }
  return found;
}

export function deviceIndex(kernel: Kernel, device: Kva): number {
  return kernel.mem.i32(device, kernel.layout('net_device', DEVICE).index);
}

function readDevice(kernel: Kernel, device: Kva, namespace: number): NetDevice {
  const { mem, faults } = kernel;
  const at = kernel.layout('net_device', DEVICE);
  const length = Math.min(MAX_ADDRESS, mem.u8(device, at.addressLength));
  const operState = mem.u8(device, at.operState);
  const flagBits = flagsOf(kernel, device, operState);
  // As rtnl_fill_ifinfo() tells it: what does not run is down.
  const shown = (mem.u32(device, at.state) & LINK.start) === 0 ? OPER.down : operState;
  const mac = () => macText(mem.bytes(mem.ptr(device, at.address), length));
  return {
    address: mem.hex(device),
    namespace,
    index: mem.i32(device, at.index),
    name: deviceName(kernel, device),
    type: mem.u16(device, at.type),
    kind: faults.guard('kind', () => kindOf(kernel, mem.ptr(device, at.linkOps)), null),
    mac: faults.guard('dev_addr', mac, ''),
    broadcast: macText(mem.bytes(device, length, at.broadcast)),
    flags: FLAGS.filter(([bit]) => (flagBits & bit) !== 0).map(([, name]) => name),
    flagBits,
    mtu: mem.u32(device, at.mtu),
    queueLength: mem.u32(device, at.queueLength),
    qdisc: faults.guard('qdisc', () => qdiscOf(kernel, mem.ptr(device, at.qdisc)), null),
    operState: OPER_STATES[shown] ?? String(shown),
    group: mem.i32(device, at.group),
    stats: faults.guard('statistics', () => readStats(kernel, device), null),
  };
}

/** dev_get_flags(). */
function flagsOf(kernel: Kernel, device: Kva, operState: number): number {
  const { mem } = kernel;
  const at = kernel.layout('net_device', DEVICE);
  const state = mem.u32(device, at.state);
  const asked = mem.u16(device, at.userFlags) & (IFF.promisc | IFF.allMulti);
  let flags = (mem.u32(device, at.flags) & ~COMPUTED) | asked;
  if ((state & LINK.start) === 0) return flags;
  if (operState === OPER.up || operState === OPER.unknown) flags |= IFF.running;
  if ((state & LINK.noCarrier) === 0) flags |= IFF.lowerUp;
  if ((state & LINK.dormant) !== 0) flags |= IFF.dormant;
  return flags;
}

function kindOf(kernel: Kernel, ops: Kva): string | null {
  if (ops === NULL) return null;
  return kernel.mem.cstr(kernel.mem.ptr(ops, kernel.layout('rtnl_link_ops', LINK_OPS).kind), 0, NAME_BYTES);
}

function qdiscOf(kernel: Kernel, qdisc: Kva): string | null {
  if (qdisc === NULL) return null;
  const ops = kernel.mem.ptr(qdisc, kernel.layout('Qdisc', QDISC).ops);
  return kernel.mem.cstr(ops, kernel.layout('Qdisc_ops', QDISC_OPS).id, NAME_BYTES);
}

function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
