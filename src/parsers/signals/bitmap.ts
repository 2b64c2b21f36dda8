// CPU and node masks, and bit-fields. Mirrors the printk formats %*pb and %*pbl (lib/vsprintf.c).

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';

/** Bits that are set in the mask at an object's member, `task_struct.cpus_mask`. */
export function readMask(
  kernel: Kernel,
  object: Kva,
  path: string,
  limit = Number.POSITIVE_INFINITY,
): number[] {
  const member = kernel.types.member(path);
  if (member === undefined) throw new Fault('unknown', `this kernel has no ${path}`);
  const found: number[] = [];
  const bits = Math.min(limit, member.size * 8);
  for (let word = 0; word * 32 < bits; word++) {
    const value = kernel.mem.u32(object, member.offset + word * 4);
    for (let bit = 0; value !== 0 && bit < 32; bit++) {
      if ((value >>> bit) & 1 && word * 32 + bit < bits) found.push(word * 32 + bit);
    }
  }
  return found;
}

/** %*pb of so many bits: words of 32 bits in hex, the highest first. */
export function maskText(set: readonly number[], bits: number): string {
  const words: string[] = [];
  for (let at = 0; at < bits; at += 32) {
    let value = 0;
    for (const each of set) if (each >= at && each < at + 32) value += 2 ** (each - at);
    words.push(value.toString(16).padStart(Math.ceil(Math.min(32, bits - at) / 4), '0'));
  }
  return words.reverse().join(',');
}

/** %*pbl: `0-3,8`. */
export function listText(set: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < set.length; ) {
    const first = set[i] as number;
    let last = first;
    while (set[++i] === last + 1) last++;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return ranges.join(',');
}

/** A bit-field of at most 32 bits, by its path. Undefined where this kernel does not have it. */
export function readBits(kernel: Kernel, object: Kva, path: string): number | undefined {
  const member = kernel.types.member(path);
  if (member === undefined) return undefined;
  if (member.bits === null) return kernel.mem.u8(object, member.offset);
  const { offset, width } = member.bits;
  let value = 0;
  for (let byte = 0; byte * 8 < offset + width; byte++) {
    value += kernel.mem.u8(object, member.offset + byte) * 2 ** (8 * byte);
  }
  return Math.floor(value / 2 ** offset) % 2 ** width;
}
