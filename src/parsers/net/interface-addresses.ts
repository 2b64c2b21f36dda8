// Addresses of devices: struct in_device and in_ifaddr (include/linux/inetdevice.h), inet6_dev and inet6_ifaddr
// (include/net/if_inet6.h).

import { type Kva, NULL } from '../../base/address.js';
import type { InterfaceAddress } from '../../snapshot/network.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { forEachListEntry } from '../walks/list.js';
import { inetAddress } from './addresses.js';
import { type DeviceAt, deviceAddresses, deviceIndex, deviceName } from './devices.js';

const DEVICE = { v4: 'ip_ptr', v6: 'ip6_ptr' } as const;
const IN_DEVICE = { first: 'ifa_list' } as const;
const IFA = {
  next: 'ifa_next',
  local: 'ifa_local',
  address: 'ifa_address',
  broadcast: 'ifa_broadcast',
  scope: 'ifa_scope',
  flags: 'ifa_flags',
  prefixLength: 'ifa_prefixlen',
  label: 'ifa_label',
  valid: 'ifa_valid_lft',
  preferred: 'ifa_preferred_lft',
  protocol: 'ifa_proto?',
} as const;
const INET6_DEV = { list: 'addr_list' } as const;
const IFA6 = {
  list: 'if_list',
  address: 'addr',
  peer: 'peer_addr',
  scope: 'scope',
  flags: 'flags',
  prefixLength: 'prefix_len',
  valid: 'valid_lft',
  preferred: 'prefered_lft',
  protocol: 'ifa_proto?',
} as const;
const LABEL_BYTES = 16;
const MAX_ADDRESSES = 1 << 20;
/** INFINITY_LIFE_TIME. */
const FOREVER = 0xffff_ffff;
/** IFA_F_PERMANENT. */
const PERMANENT = 128;
/** IFA_HOST, IFA_LINK, IFA_SITE of net/ipv6.h by rtnetlink's scopes. */
const SCOPES: readonly (readonly [bit: number, scope: number])[] = [
  [0x10, 254],
  [0x20, 253],
  [0x40, 200],
];

export function readAddresses(kernel: Kernel): InterfaceAddress[] {
  return deviceAddresses(kernel).flatMap((at) => [
    ...kernel.faults.guard('IPv4 addresses', () => ofDevice4(kernel, at), []),
    ...kernel.faults.guard('IPv6 addresses', () => ofDevice6(kernel, at), []),
  ]);
}

function common(kernel: Kernel, { device, namespace }: DeviceAt) {
  return { namespace, device: deviceName(kernel, device), index: deviceIndex(kernel, device) };
}

/** An address that is permanent says so by a flag; IPv4's then has no lifetime of its own. */
function lifetime(flags: number, seconds: number): number | null {
  return (flags & PERMANENT) !== 0 || seconds === FOREVER ? null : seconds;
}

function ofDevice4(kernel: Kernel, place: DeviceAt): InterfaceAddress[] {
  const { mem } = kernel;
  const found: InterfaceAddress[] = [];
  const config = mem.ptr(place.device, kernel.layout('net_device', DEVICE).v4);
  if (config === NULL) return found;
  const at = kernel.layout('in_ifaddr', IFA);
  const address = (ifa: Kva, offset: number) => inetAddress(mem.bytes(ifa, 4, offset));
  const first = mem.ptr(config, kernel.layout('in_device', IN_DEVICE).first);
  const take = (ifa: Kva) =>
    found.push({
      ...common(kernel, place),
      family: 'inet',
      address: address(ifa, at.local),
      peer: address(ifa, at.address),
      prefixLength: mem.u8(ifa, at.prefixLength),
      broadcast: mem.u32(ifa, at.broadcast) === 0 ? null : address(ifa, at.broadcast),
      scope: mem.u8(ifa, at.scope),
      flags: mem.u32(ifa, at.flags),
      label: mem.cstr(ifa, at.label, LABEL_BYTES),
      validLifetime: lifetime(mem.u32(ifa, at.flags), mem.u32(ifa, at.valid)),
      preferredLifetime: lifetime(mem.u32(ifa, at.flags), mem.u32(ifa, at.preferred)),
      protocol: at.protocol === undefined ? 0 : mem.u8(ifa, at.protocol),
    });
  forEachLinked(kernel, first, at.next, take, MAX_ADDRESSES);
  return found;
}

function ofDevice6(kernel: Kernel, place: DeviceAt): InterfaceAddress[] {
  const { mem } = kernel;
  const found: InterfaceAddress[] = [];
  const config = mem.ptr(place.device, kernel.layout('net_device', DEVICE).v6);
  if (config === NULL) return found;
  const at = kernel.layout('inet6_ifaddr', IFA6);
  const head = (config + kernel.layout('inet6_dev', INET6_DEV).list) as Kva;
  const take = (ifa: Kva) => {
    const address = inetAddress(mem.bytes(ifa, 16, at.address));
    const peer = inetAddress(mem.bytes(ifa, 16, at.peer));
    found.push({
      ...common(kernel, place),
      family: 'inet6',
      address,
      peer: peer === '::' ? address : peer,
      prefixLength: mem.u32(ifa, at.prefixLength),
      broadcast: null,
      scope: scope6(mem.u16(ifa, at.scope)),
      flags: mem.u32(ifa, at.flags),
      label: null,
      validLifetime: lifetime(mem.u32(ifa, at.flags), mem.u32(ifa, at.valid)),
      preferredLifetime: lifetime(mem.u32(ifa, at.flags), mem.u32(ifa, at.preferred)),
      protocol: at.protocol === undefined ? 0 : mem.u8(ifa, at.protocol),
    });
  };
  forEachListEntry(kernel, head, at.list, take, MAX_ADDRESSES);
  return found;
}

/** rt_scope() of net/ipv6/addrconf.c. */
function scope6(scope: number): number {
  return SCOPES.find(([bit]) => (scope & bit) !== 0)?.[1] ?? 0;
}
