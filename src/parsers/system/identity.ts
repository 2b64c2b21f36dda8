// What tells a dump from that of another machine, and of another death of the same: a digest of three pages, of its build
// (linux_banner), its names (init_uts_ns) and its clock at death (struct timekeeper). Any inspection reads them, so that a
// trimmed dump has them too. A machine that spins in panic() keeps its clock: its next dump has another identity.

import { createHash } from 'node:crypto';
import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { type RamBlock, ramBlocks } from '../kernel/ram-map.js';
import { timekeeper } from './timekeeper.js';

const PAGE_BYTES = 4096;

export interface DumpIdentity {
  /** SHA-256 as hex digits. A page that is not in the dump counts as one of zeroes. */
  readonly digest: string;
  /** Physical addresses of the pages, in order; empty where the dump lacks one of them. */
  readonly pages: readonly number[];
}

export function dumpIdentity(kernel: Kernel): DumpIdentity {
  const places = [
    () => kernel.symbol('linux_banner'),
    () => kernel.symbol('init_uts_ns'),
    () => kernel.trait(timekeeper)(kernel),
  ];
  const hash = createHash('sha256');
  const pages: number[] = [];
  for (const place of places) {
    const { bytes, address } = identityPage(kernel, place);
    hash.update(bytes);
    if (address !== null) pages.push(address);
  }
  return { digest: hash.digest('hex'), pages: pages.length === places.length ? pages : [] };
}

/** Physical address, then contents: where the kernel was put is part of who it is. */
function identityPage(kernel: Kernel, place: () => Kva): { bytes: Uint8Array; address: number | null } {
  const bytes = new Uint8Array(8 + PAGE_BYTES);
  try {
    const at = place();
    const page = (at - (((at % PAGE_BYTES) + PAGE_BYTES) % PAGE_BYTES)) as Kva;
    const phys = kernel.mem.translate(page);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(phys), true);
    bytes.set(kernel.mem.bytes(page, PAGE_BYTES), 8);
    return { bytes, address: phys };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { bytes, address: null };
  }
}

/** In order, physical addresses; empty where the table cannot be read. */
export function ramOfFirmware({ mem, symbols }: Kernel): RamBlock[] {
  return ramBlocks(mem, symbols).sort((a, b) => a.start - b.start);
}
