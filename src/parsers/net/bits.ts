// Bit-fields and booleans of network structures: options are packed, and the packing moves from release to release.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import type { Member } from '../types/types.js';

const members = perKernel(() => new Map<string, Member | null>());

function memberOf(kernel: Kernel, path: string): Member | null {
  const known = members(kernel);
  let found = known.get(path);
  if (found === undefined) known.set(path, (found = kernel.types.member(path) ?? null));
  return found;
}

/** An unsigned member of up to 32 bits, plain or a bit-field: `tcp_sock.rx_opt.sack_ok`. */
export function field(kernel: Kernel, base: Kva, path: string): number {
  const member = memberOf(kernel, path);
  if (member === null) throw new Fault('unknown', `this kernel has no ${path}`);
  const { mem } = kernel;
  const { offset, size, bits } = member;
  const value =
    size === 1 ? mem.u8(base, offset) : size === 2 ? mem.u16(base, offset) : mem.u32(base, offset);
  return bits === null ? value : (value >>> bits.offset) & (2 ** bits.width - 1);
}

/** As `field`; `otherwise` where this kernel does not have the member. */
export function fieldOr(kernel: Kernel, base: Kva, path: string, otherwise: number): number {
  return memberOf(kernel, path) === null ? otherwise : field(kernel, base, path);
}
