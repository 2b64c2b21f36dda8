// What stands before a return address: a call instruction, and where it went (Intel SDM vol. 2, CALL).

import type { Kva } from '../../base/address.js';
import type { KernelMemory } from '../paging/kernel-memory.js';

/** An indirect call takes up to 7 bytes. */
const CALL_BYTES = 7;
const RELATIVE = 0xe8;
const RELATIVE_BYTES = 5;
const GROUP_5 = 0xff;
const INDIRECT_LENGTHS = [2, 3, 4, 6, 7];

/** Target of the direct call before an address; null where there is an indirect one, undefined where there is none. */
export function callBefore(mem: Pick<KernelMemory, 'bytes'>, ip: Kva): Kva | null | undefined {
  const before = mem.bytes((ip - CALL_BYTES) as Kva, CALL_BYTES);
  const view = new DataView(before.buffer);
  if (view.getUint8(CALL_BYTES - RELATIVE_BYTES) === RELATIVE) {
    return (ip + view.getInt32(CALL_BYTES - RELATIVE_BYTES + 1, true)) as Kva;
  }
  return INDIRECT_LENGTHS.some((length) => isIndirect(view, CALL_BYTES - length)) ? null : undefined;
}

/** Opcode 0xff /2; a REX prefix may stand before it. */
function isIndirect(view: DataView, at: number): boolean {
  return view.getUint8(at) === GROUP_5 && (view.getUint8(at + 1) & 0x38) === 0x10;
}
