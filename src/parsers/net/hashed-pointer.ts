// Pointers as the kernel prints them with %p: SipHash-2-4 of the address under a key of this boot, so that /proc does not
// tell where things are. Mirrors ptr_to_hashval() of lib/vsprintf.c and siphash_1u64() of lib/siphash.c. With the key in
// memory, the texts of /proc can be made again, and their pointers found.

import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

type State = [bigint, bigint, bigint, bigint];

const keyOf = perKernel((kernel: Kernel): readonly [bigint, bigint] => {
  const at = kernel.symbol('ptr_key');
  return [kernel.mem.u64(at), kernel.mem.u64(at, 8)];
});

/** What is printed while there are not enough random bits for a key. */
export const NO_KEY = '(____ptrval____)';

/** 16 hex digits, of which the upper eight are zero. */
export function hashedPointer(kernel: Kernel, address: bigint): string {
  const key = keyOf(kernel);
  if (key[0] === 0n && key[1] === 0n) return NO_KEY;
  const hash = siphash(address, key) & 0xffff_ffffn;
  return hash.toString(16).padStart(16, '0');
}

/** SipHash-2-4 of one little-endian word. */
export function siphash(word: bigint, [k0, k1]: readonly [bigint, bigint]): bigint {
  const state: State = [
    0x736f_6d65_7073_6575n ^ k0,
    0x646f_7261_6e64_6f6dn ^ k1,
    0x6c79_6765_6e65_7261n ^ k0,
    0x7465_6462_7974_6573n ^ k1,
  ];
  absorb(state, word);
  absorb(state, 8n << 56n);
  state[2] ^= 0xffn;
  for (let n = 0; n < 4; n++) round(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

function absorb(state: State, word: bigint): void {
  state[3] ^= word;
  round(state);
  round(state);
  state[0] ^= word;
}

function round(v: State): void {
  v[0] = add(v[0], v[1]);
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = add(v[2], v[3]);
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = add(v[0], v[3]);
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = add(v[2], v[1]);
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

function add(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a + b);
}

function rotate(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, (value << bits) | (value >> (64n - bits)));
}
