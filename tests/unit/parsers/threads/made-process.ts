// A process made up for the tests of this folder: pages of user memory, and a task in front of them.

import { UserMemory } from '../../../../src/parsers/mm/user-memory.js';
import type { Vma } from '../../../../src/snapshot/mm.js';
import { MadeMm, PAGE_BYTES } from '../mm/made-mm.js';

export class MadeProcess extends MadeMm {
  /** Maps `bytes` at a page's start, over as many pages as it takes. */
  mapBytes(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < Math.max(1, bytes.length); done += PAGE_BYTES) {
      const frame = this.alloc(PAGE_BYTES, PAGE_BYTES);
      this.bytes(frame, bytes.subarray(done, done + PAGE_BYTES));
      this.map(address + done, this.phys(frame) / PAGE_BYTES);
    }
  }

  open(vmas: readonly Vma[]): UserMemory {
    return new UserMemory(this.kernel(), this.mm(), vmas);
  }
}

/** 64-bit words, little-endian. */
export function words(...values: readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [n, value] of values.entries())
    view.setBigUint64(n * 8, BigInt.asUintN(64, BigInt(value)), true);
  return bytes;
}

/** Bytes with others placed over them. */
export function laid(length: number, parts: Readonly<Record<number, Uint8Array>>): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const [at, part] of Object.entries(parts)) bytes.set(part, Number(at));
  return bytes;
}
