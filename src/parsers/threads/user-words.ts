// Small structures in user memory, at any 64-bit address that a thread may have given the kernel.

import { type Hex, hex } from '../../base/address.js';
import type { UserMemory } from '../mm/user-memory.js';

/** The bytes there; null where they are not all in memory. */
export function userBytes(memory: UserMemory | null, address: bigint, length: number): DataView | null {
  if (memory === null || address > BigInt(Number.MAX_SAFE_INTEGER - length)) return null;
  const bytes = memory.readUpTo(Number(address), length);
  return bytes.length < length ? null : new DataView(bytes.buffer, bytes.byteOffset, length);
}

export function wordAt(view: DataView, offset: number): Hex {
  return hex(view.getBigUint64(offset, true));
}
