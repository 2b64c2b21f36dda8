// Where the kernel's linear map of all memory begins (page_offset_base, randomised by CONFIG_RANDOMIZE_MEMORY).
//
// VMCOREINFO does not say; the kernel's page tables do: it is the lowest mapping of physical page 0, and it is aligned
// to a page of the PUD level because KASLR moves it by such steps (arch/x86/mm/kaslr.c).

import type { RawDump } from './raw.js';
import type { VmcoreInfo } from './vmcoreinfo.js';

const START_KERNEL_MAP = 0xffffffff80000000n;
const FRAME = 0x000ffffffffff000n;
const PRESENT = 1n;
const HUGE = 1n << 7n;
const ENTRIES = 512;
const KERNEL_HALF = 256;

/** Undefined where the page tables that `info` names map no physical page 0: `info` is then not this kernel's. */
export function findDirectMap(dump: RawDump, info: VmcoreInfo): bigint | undefined {
  const top = info.hex('SYMBOL(swapper_pg_dir)') - START_KERNEL_MAP + info.decimal('NUMBER(phys_base)');
  const levels = info.fiveLevels ? 5 : 4;
  const sign = -(1n << (BigInt(levels) * 9n + 12n));
  for (let i = KERNEL_HALF; i < ENTRIES; i++) {
    const index = firstPageIn(dump, entry(dump, top, i), levels - 1);
    if (index !== undefined) return (sign + offsetOf(i, levels) + index) & 0xffffffffffffffffn;
  }
  return undefined;
}

/** Offset inside what `table` covers of the first PUD-sized mapping that begins with physical page 0. */
function firstPageIn(dump: RawDump, table: bigint, level: number): bigint | undefined {
  if ((table & PRESENT) === 0n) return undefined;
  if (level === 2) return mapsPageZero(dump, table) ? 0n : undefined;
  for (let i = 0; i < ENTRIES; i++) {
    const inner = entry(dump, table & FRAME, i);
    if ((inner & HUGE) !== 0n) {
      if (level === 3 && (inner & PRESENT) !== 0n && (inner & FRAME & ~0x1fffffn) === 0n)
        return offsetOf(i, level);
      continue;
    }
    const found = firstPageIn(dump, inner, level - 1);
    if (found !== undefined) return offsetOf(i, level) + found;
  }
  return undefined;
}

/** The first 2 MiB: one huge page, or a table; some kernels leave its entry 0 out, so its entry 1 may answer. */
function mapsPageZero(dump: RawDump, pud: bigint): boolean {
  const pmd = entry(dump, pud & FRAME, 0);
  if ((pmd & PRESENT) === 0n) return false;
  if ((pmd & HUGE) !== 0n) return (pmd & FRAME & ~0x1fffffn) === 0n;
  return [0, 1].some((i) => {
    const pte = entry(dump, pmd & FRAME, i);
    return (pte & PRESENT) !== 0n && (pte & FRAME) === BigInt(i) << 12n;
  });
}

function entry(dump: RawDump, table: bigint, index: number): bigint {
  return dump.u64(Number(table) + index * 8);
}

/** What entry `index` of a table of that level adds to an address (level 1 is the PTE). */
function offsetOf(index: number, level: number): bigint {
  return BigInt(index) << (BigInt(level - 1) * 9n + 12n);
}
