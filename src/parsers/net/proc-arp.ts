// /proc/net/arp, byte for byte, out of the neighbours of IPv4. Mirrors neigh_seq_start() of net/core/neighbour.c and
// arp_format_neigh_entry() of net/ipv4/arp.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry, forEachLinked } from '../walks/hlist.js';
import type { Visit } from '../walks/visit.js';
import { inetAddress } from './addresses.js';
import { deviceName } from './devices.js';
import type { NetNamespace } from './namespaces.js';
import { left } from './proc-columns.js';

const TABLE = { hash: 'nht', proxies: 'phash_buckets' } as const;
const HASH = { shift: 'hash_shift' } as const;
const CHAINS = { heads: 'hash_buckets' } as const;
const HEADS = { heads: 'hash_heads' } as const;
const LINKED = { next: 'next' } as const;
const LISTED = { node: 'hash' } as const;
const NEIGHBOUR = { state: 'nud_state', hardware: 'ha', address: 'primary_key', device: 'dev' } as const;
const PROXY = { next: 'next', net: 'net.net', device: 'dev', key: 'key' } as const;
const DEVICE = { type: 'type', addressLength: 'addr_len', net: 'nd_net.net' } as const;
const HEAD = 'IP address       HW type     Flags       HW address            Mask     Device';
/** NUD_*: what needs no ARP is left out; VALID is PERMANENT, NOARP, REACHABLE, PROBE, STALE, DELAY. */
const NUD = { noArp: 0x40, permanent: 0x80, valid: 0xde } as const;
/** ATF_COM, ATF_PERM, ATF_PUBL. */
const ATF = { complete: 2, permanent: 4, published: 8 } as const;
const PROXY_SLOTS = 16;
const MAX_SHIFT = 24;
const MAX_ADDRESS = 32;
const POINTER = 8;

/** Visits the neighbours of one slot of the table, whose heads are in a struct neigh_hash_table. */
export const neighbourSlot: Trait<(kernel: Kernel, table: Kva, slot: number, visit: Visit) => void> = {
  name: 'neighbours of a slot',
  eras: [
    {
      name: 'hlist',
      since: '6.13',
      commit: '41b3caa7c076',
      evidence: 'neighbour.hash',
      probe: hasMember('neighbour.hash'),
      reader: (kernel, table, slot, visit) => {
        const heads = kernel.mem.ptr(table, kernel.layout('neigh_hash_table', HEADS).heads);
        const { node } = kernel.layout('neighbour', LISTED);
        forEachHlistEntry(kernel, (heads + slot * POINTER) as Kva, node, visit);
      },
    },
    {
      name: 'linked',
      since: '2.6',
      commit: null,
      evidence: 'neighbour.next',
      probe: hasMember('neighbour.next'),
      reader: (kernel, table, slot, visit) => {
        const heads = kernel.mem.ptr(table, kernel.layout('neigh_hash_table', CHAINS).heads);
        const first = kernel.mem.ptr((heads + slot * POINTER) as Kva);
        forEachLinked(kernel, first, kernel.layout('neighbour', LINKED).next, visit);
      },
    },
  ],
};

export function arpText(kernel: Kernel, { address: net }: NetNamespace): string[] {
  const { mem } = kernel;
  const at = kernel.layout('neigh_table', TABLE);
  const neighbours = kernel.symbol('arp_tbl');
  const hash = mem.ptr(neighbours, at.hash);
  const shift = mem.u32(hash, kernel.layout('neigh_hash_table', HASH).shift);
  if (shift > MAX_SHIFT) throw mem.fault('corrupt', `a table of neighbours with 2^${shift} slots`, hash);
  const lines = [HEAD];
  for (let slot = 0; slot < 2 ** shift; slot++) {
    kernel.trait(neighbourSlot)(kernel, hash, slot, (neighbour) => {
      if (isShown(kernel, neighbour, net)) lines.push(neighbourLine(kernel, neighbour));
    });
  }
  return [...lines, ...proxyLines(kernel, mem.ptr(neighbours, at.proxies), net)];
}

function isShown(kernel: Kernel, neighbour: Kva, net: Kva): boolean {
  const { mem } = kernel;
  const at = kernel.layout('neighbour', NEIGHBOUR);
  const device = mem.ptr(neighbour, at.device);
  if (mem.ptr(device, kernel.layout('net_device', DEVICE).net) !== net) return false;
  return (mem.u8(neighbour, at.state) & ~NUD.noArp) !== 0;
}

function neighbourLine(kernel: Kernel, neighbour: Kva): string {
  const { mem } = kernel;
  const at = kernel.layout('neighbour', NEIGHBOUR);
  const of = kernel.layout('net_device', DEVICE);
  const device = mem.ptr(neighbour, at.device);
  const state = mem.u8(neighbour, at.state);
  const isPermanent = (state & NUD.permanent) !== 0;
  const flags = isPermanent ? ATF.permanent | ATF.complete : state & NUD.valid ? ATF.complete : 0;
  const bytes = mem.bytes(neighbour, Math.min(MAX_ADDRESS, mem.u8(device, of.addressLength)), at.hardware);
  const hardware = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
  const address = inetAddress(mem.bytes(neighbour, 4, at.address));
  return line(address, mem.u16(device, of.type), flags, hardware, deviceName(kernel, device));
}

function line(address: string, type: number, flags: number, hardware: string, device: string): string {
  const kind = `0x${left(type.toString(16), 10)}0x${left(flags.toString(16), 10)}`;
  return `${left(address, 16)} ${kind}${left(hardware, 17)}     *        ${device}`;
}

/** Addresses that the machine answers for: struct pneigh_entry. */
function proxyLines(kernel: Kernel, table: Kva, net: Kva): string[] {
  const { mem } = kernel;
  const at = kernel.layout('pneigh_entry', PROXY);
  const lines: string[] = [];
  for (let slot = 0; table !== NULL && slot < PROXY_SLOTS; slot++) {
    forEachLinked(kernel, mem.ptr((table + slot * POINTER) as Kva), at.next, (entry) => {
      if (mem.ptr(entry, at.net) !== net) return;
      const device = mem.ptr(entry, at.device);
      const type = device === NULL ? 0 : mem.u16(device, kernel.layout('net_device', DEVICE).type);
      const name = device === NULL ? '*' : deviceName(kernel, device);
      const flags = ATF.permanent | ATF.published;
      lines.push(line(inetAddress(mem.bytes(entry, 4, at.key)), type, flags, '00:00:00:00:00:00', name));
    });
  }
  return lines;
}
