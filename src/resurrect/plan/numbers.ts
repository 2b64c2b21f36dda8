// Numbers as a snapshot has them (hex text, decimal text, JSON numbers) to those of a plan.

import type { Hex } from '../../base/address.js';
import type { Wide } from '../../snapshot/number.js';

export const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** A register, a mask, an address that may be the kernel's. */
export function big(value: Hex | Wide): bigint {
  return BigInt(value);
}

/** 16 hex digits without a prefix: signal sets, capabilities. */
export function fromDigits(digits: string): bigint {
  return BigInt(`0x${digits}`);
}

/** Unsigned; what had expired is 0. */
export function unsigned(value: Wide): bigint {
  const exact = BigInt(value);
  return exact < 0n ? 0n : exact;
}

/** KTIME_MAX (include/linux/ktime.h): no clock goes further. */
const LATEST = 2n ** 63n - 1n;

/** Nanoseconds; what a torn timer has beyond all clocks is cut: nobody could set it. */
export function time(value: Wide): bigint {
  const exact = unsigned(value);
  return exact > LATEST ? LATEST : exact;
}
