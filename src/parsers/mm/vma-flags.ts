// vm_flags: their bits, the `rwxp` of /proc/PID/maps, and the two-letter codes of /proc/PID/smaps.
//
// The codes are read from the kernel itself: show_smap_vma_flags() in fs/proc/task_mmu.c has them in a static table
// by bit, two bytes each until 6.6 and three since. So they are right for every kernel and configuration.

import type { Hex, Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

/** Bits 0–31 that readers here test; they have been the same since before 5.10 (include/linux/mm.h). */
export const VM = {
  read: 1,
  write: 2,
  exec: 4,
  shared: 8,
  mayWrite: 0x20,
  mayShare: 0x80,
  growsDown: 0x100,
  pfnmap: 0x400,
  hugetlb: 0x40_0000,
  mixedmap: 0x1000_0000,
} as const;

const BITS = 64;
const UNKNOWN = '??';
const TABLES = ['mnemonics.0', 'mnemonics.1', 'mnemonics.2', 'mnemonics'];
/** Of 5.10: for a kernel whose own table is not found. */
const COMMON =
  'rd wr ex sh mr mw me ms gd ?? pf ?? ?? lo io sr rr dc de lf ac nr ht sf ar wf dd sd mm hg nh mg'.split(
    ' ',
  );

/** The low 32 bits of flags that a snapshot holds as text. */
export function flagWord(flags: Hex): number {
  return Number.parseInt(flags.slice(2).slice(-8), 16) | 0;
}

export function permissions(flags: number): string {
  return (
    (flags & VM.read ? 'r' : '-') +
    (flags & VM.write ? 'w' : '-') +
    (flags & VM.exec ? 'x' : '-') +
    (flags & VM.mayShare ? 's' : 'p')
  );
}

/** Code of each bit; '' for those that are not shown. */
const mnemonics = perKernel((kernel): readonly string[] => {
  for (const name of TABLES) {
    const at = kernel.symbols.address(name);
    const found = at && kernel.faults.guard('smaps flag names', () => readTable(kernel, at), null);
    if (found) return found;
  }
  return Array.from({ length: BITS }, (_, bit) => COMMON[bit] ?? UNKNOWN);
});

function readTable(kernel: Kernel, at: Kva): string[] | null {
  const stride = kernel.mem.u8(at, 2) === 0 ? 3 : 2;
  const bytes = kernel.mem.bytes(at, BITS * stride);
  const codes = Array.from({ length: BITS }, (_, bit) => {
    const code = bytes.subarray(bit * stride, bit * stride + 2);
    return code[0] === 0 ? '' : String.fromCharCode(...code);
  });
  return codes[0] === 'rd' && codes[1] === 'wr' ? codes : null;
}

/** The codes that smaps' VmFlags line shows for these flags, in its order. */
export function vmFlagCodes(kernel: Kernel, low: number, high: number): readonly string[] {
  return mnemonics(kernel).filter((code, bit) => code !== '' && ((bit < 32 ? low : high) >>> (bit & 31)) & 1);
}
