// The guest's RAM file by page frame. QEMU keeps RAM in one piece; the guest sees it with a hole below 4 GiB.

import { readSync } from 'node:fs';
import { SystemError } from '../base/error.js';
import type { FrameReader, RawPages } from './pages.js';
import type { MachineType } from './qemu.js';

const PAGE = 4096;
const FOUR_GIB = 2 ** 32;

/** Where the hole begins, by machine, and the size of RAM from which there is one (QEMU's hw/i386/pc_q35.c, pc_piix.c). */
const LOW: Readonly<Record<MachineType, { readonly from: number; readonly split: number }>> = {
  q35: { from: 0xb0000000, split: 0x80000000 },
  pc: { from: 0xe0000000, split: 0xc0000000 },
};

/** Offset in the RAM file of a physical address, or undefined in the hole and beyond the end. */
export function ramOffset(address: number, machine: MachineType, ramBytes: number): number | undefined {
  const { from, split } = LOW[machine];
  const low = ramBytes >= from ? split : ramBytes;
  if (address < low) return address;
  const offset = address - FOUR_GIB + low;
  return address >= FOUR_GIB && offset < ramBytes ? offset : undefined;
}

export function frameReader(fd: number, machine: MachineType, ramBytes: number): FrameReader {
  const page = Buffer.alloc(PAGE);
  return (pfn) => {
    const offset = ramOffset(pfn * PAGE, machine, ramBytes);
    return offset !== undefined && readSync(fd, page, 0, PAGE, offset) === PAGE ? page : undefined;
  };
}

/** A guest at rest changes few pages: many differences mean that record and RAM do not belong together. */
export function checkAgreement(pages: RawPages, unstable: readonly number[]): void {
  const frames = pages.frames.length / 32;
  if (unstable.length > frames / 10) {
    throw new SystemError(
      `${unstable.length} of ${frames} recorded pages are not what the guest's RAM holds`,
    );
  }
}
