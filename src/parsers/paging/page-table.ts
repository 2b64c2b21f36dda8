// x86-64 page tables, 4 or 5 levels, with 2 MiB and 1 GiB leaves (Intel SDM vol. 3, 4.5). Kernel space goes through
// `translate`; user spaces are walked whole by mm/page-walk.

import type { Phys } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';

export const PTE_PRESENT = 1;
/** PS: a PMD or PUD entry that is itself a leaf. */
const PTE_HUGE = 0x80;
const ADDRESS_LOW = 0xffff_f000;
/** Bits 32–51 of the physical address, in the entry's high word. */
const ADDRESS_HIGH = 0x000f_ffff;
const WORD = 0x1_0000_0000;
const PAGE_BITS = 12;
const INDEX_BITS = 9;
const ENTRIES = 512;
const PAGE = 4096;

/** The entry that decides about an address: a leaf, or the first that is not present. */
export interface Decision {
  /** Physical address of the leaf's first byte; undefined where the entry is not present. */
  readonly leaf: number | undefined;
  /** Bytes that the entry covers: the leaf's, or all that is not mapped by it. */
  readonly bytes: number;
}

/** One entry on the way from the root, for `translate`. */
export interface TableStep {
  /** `pgd`, `p4d`, `pud`, `pmd`, `pte`. */
  readonly level: string;
  /** Physical address of the entry. */
  readonly at: Phys;
  readonly entry: bigint;
  /** Physical address that was asked for, where this entry is its leaf; else null. */
  readonly physical: Phys | null;
}

const NAMES = ['pte', 'pmd', 'pud', 'p4d', 'pgd'];

export class PageTable {
  constructor(
    readonly memory: PhysicalMemory,
    /** Physical address of the top-level table (CR3 without its flag bits). */
    readonly root: Phys,
    readonly levels: 4 | 5,
  ) {}

  /** Physical address that a 64-bit virtual address maps to; undefined where an entry is not present. */
  translate(address: bigint): Phys | undefined {
    const { leaf, bytes } = this.decide(address);
    return leaf === undefined ? undefined : ((leaf + Number(address & BigInt(bytes - 1))) as Phys);
  }

  /** The walk itself; throws a fault where a table is not in the image. */
  decide(address: bigint): Decision {
    return this.decidePage(pageOf(address));
  }

  /** The same of a page by its number (address / 4096, unsigned): exact, and without a bigint in the loop. */
  decidePage(page: number): Decision {
    let table: number = this.root;
    for (let level: number = this.levels; ; level--) {
      const pages = 2 ** (INDEX_BITS * (level - 1));
      const bytes = pages * PAGE;
      const at = table + (Math.floor(page / pages) % ENTRIES) * 8;
      const low = this.memory.u32(at);
      if (!(low & PTE_PRESENT)) return { leaf: undefined, bytes };
      const high = this.memory.u32(at + 4);
      const frame = (high & ADDRESS_HIGH) * WORD + ((low & ADDRESS_LOW) >>> 0);
      // A large leaf's bit 12 is its PAT bit, not address.
      if (level === 1 || (level <= 3 && low & PTE_HUGE)) return { leaf: frame - (frame % bytes), bytes };
      table = frame;
    }
  }

  /** Bytes that the first table on the way to a page covers that is not in the image: what its loss leaves untold. */
  lostBytes(page: number): number {
    let table: number = this.root;
    for (let level: number = this.levels; level > 1; level--) {
      if (!this.memory.has(table)) return 2 ** (INDEX_BITS * level) * PAGE;
      const pages = 2 ** (INDEX_BITS * (level - 1));
      const at = table + (Math.floor(page / pages) % ENTRIES) * 8;
      table = (this.memory.u32(at + 4) & ADDRESS_HIGH) * WORD + ((this.memory.u32(at) & ADDRESS_LOW) >>> 0);
    }
    return ENTRIES * PAGE;
  }
}

/** Below 2^52, since it has the upper 52 bits of the address. */
export function pageOf(address: bigint): number {
  return Number(BigInt.asUintN(64, address) >> 12n);
}

/** Every entry from the root to the leaf, or to the first that is not present. */
export function walkSteps(tables: PageTable, address: bigint): TableStep[] {
  const steps: TableStep[] = [];
  let table: number = tables.root;
  for (let level: number = tables.levels; ; level--) {
    const shift = PAGE_BITS + INDEX_BITS * (level - 1);
    const at = (table + Number((address >> BigInt(shift)) & 511n) * 8) as Phys;
    const entry = tables.memory.u64(at);
    const low = Number(entry & 0xffff_ffffn);
    const frame = Number(entry & 0x000f_ffff_ffff_f000n);
    const leaf = level === 1 || (level <= 3 && (low & PTE_HUGE) !== 0);
    const present = (low & PTE_PRESENT) !== 0;
    const offset = Number(address & ((1n << BigInt(shift)) - 1n));
    const physical = present && leaf ? ((frame - (frame % 2 ** shift) + offset) as Phys) : null;
    // With four levels the root is both pgd and p4d; pgd is what the kernel's own messages call it.
    const name = level === tables.levels ? 'pgd' : (NAMES[level - 1] as string);
    steps.push({ level: name, at, entry, physical });
    if (leaf || !present) return steps;
    table = frame;
  }
}
