// The kernel's regions outside its image: the direct map first of all. With CONFIG_RANDOMIZE_MEMORY their bases are
// variables (arch/x86/mm/kaslr.c), set before anything else runs; without it they are constants of the paging mode.

import { AddressFold, FOLD_BYTES, hex, type Kva, type Phys } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import type { LocatedImage } from './locate-image.js';
import { translated } from './locate-paging.js';

interface Region {
  readonly symbol: string;
  /** arch/x86/include/asm/page_64_types.h, pgtable_64_types.h. */
  readonly constant: Readonly<Record<4 | 5, bigint>>;
}

const DIRECT: Region = {
  symbol: 'page_offset_base',
  constant: { 4: 0xffff_8880_0000_0000n, 5: 0xff11_0000_0000_0000n },
};
const VMALLOC: Region = {
  symbol: 'vmalloc_base',
  constant: { 4: 0xffff_c900_0000_0000n, 5: 0xffa0_0000_0000_0000n },
};
const VMEMMAP: Region = {
  symbol: 'vmemmap_base',
  constant: { 4: 0xffff_ea00_0000_0000n, 5: 0xffd4_0000_0000_0000n },
};
/** VMALLOC_SIZE_TB_L5. Per-CPU chunks are allocated at the upper end, vmalloc's own at the lower. */
const VMALLOC_BYTES = 12_800n << 40n;
const HALF = 0xff00_0000_0000_0000n;

export interface Regions {
  readonly mem: KernelMemory;
  readonly levels: 4 | 5;
  readonly evidence: readonly string[];
}

/** Kernel memory as the located image maps it. */
export function openRegions(memory: PhysicalMemory, image: LocatedImage): Regions {
  const fold = new AddressFold();
  const mem = new KernelMemory(memory, fold);
  const { symbols, slide, tables, text } = image;
  const end = symbols.address('_end') ?? ((text + (64 << 20)) as Kva);
  mem.mapImage({ start: text, phys: (text + slide) as Phys, bytes: end - text });
  if (tables) mem.mapTables(tables);
  const direct = regionBase(mem, symbols, DIRECT, tables?.levels);
  const levels = tables?.levels ?? (direct.base < 0xffff_0000_0000_0000n ? 5 : 4);
  const vmalloc = regionBase(mem, symbols, VMALLOC, levels).base;
  const vmemmap = regionBase(mem, symbols, VMEMMAP, levels).base;
  for (const base of [direct.base, vmalloc, vmemmap]) fold.add(base);
  if (levels === 5) fold.add(vmalloc + VMALLOC_BYTES - FOLD_BYTES);
  mem.mapDirect({ start: fold.fromBig(direct.base), phys: 0 as Phys, bytes: memory.end });
  const checked = tables === null ? '' : checkDirect(image, direct.base, text + slide);
  return { mem, levels, evidence: [`direct map at ${hex(direct.base)}, by ${direct.by}${checked}`] };
}

function regionBase(mem: KernelMemory, symbols: SymbolSource, region: Region, levels: 4 | 5 = 4) {
  const at = symbols.address(region.symbol);
  if (at !== undefined) {
    const base = mem.u64(at);
    if (base >= HALF) return { base, by: region.symbol };
  }
  return { base: region.constant[levels], by: `the constant for ${levels} levels` };
}

/** The direct map shows the image a second time (read-only since mark_rodata_ro, but there). */
function checkDirect({ tables }: LocatedImage, base: bigint, phys: number): string {
  const seen = tables && translated(tables, base + BigInt(phys));
  return seen === phys ? ', as the page tables confirm' : '; the page tables do NOT show the image there';
}
