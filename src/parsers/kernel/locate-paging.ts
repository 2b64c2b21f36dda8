// Finds the kernel's image in its own page tables: init_top_pgt maps the text at 0xffffffff80000000 and up
// (arch/x86/kernel/head_64.S, level2_kernel_pgt), so the tables tell where a known physical page appears.

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { type Decision, PageTable, pageOf } from '../paging/page-table.js';

/** __START_KERNEL_map and the 1 GiB (KERNEL_IMAGE_SIZE) behind it. */
export const KERNEL_MAP = 0xffff_ffff_8000_0000n;
const IMAGE_PAGES = 2 ** 18;
const LEVELS = [4, 5] as const;

export interface Mapped {
  readonly tables: PageTable;
  readonly virtual: bigint;
}

/** Whether the tables at `root` map `virtual` to `phys`, with 4 or 5 levels. */
export function mapsTo(
  memory: PhysicalMemory,
  root: number,
  virtual: bigint,
  phys: number,
): PageTable | undefined {
  for (const levels of LEVELS) {
    const tables = new PageTable(memory, root as Phys, levels);
    if (translated(tables, virtual) === phys) return tables;
  }
  return undefined;
}

/** Physical address by the tables; undefined where an entry, or a table, is missing. */
export function translated(tables: PageTable, virtual: bigint): Phys | undefined {
  try {
    return tables.translate(virtual);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** The address in the kernel's text mapping at which the tables at `root` show the page at `phys`. */
export function findMapping(memory: PhysicalMemory, root: number, phys: number): Mapped | undefined {
  const end = pageOf(KERNEL_MAP) + IMAGE_PAGES;
  for (const levels of LEVELS) {
    const tables = new PageTable(memory, root as Phys, levels);
    for (let page = pageOf(KERNEL_MAP); page < end; ) {
      const { leaf, bytes } = decided(tables, page);
      const offset = phys - (leaf ?? Number.NaN);
      if (offset >= 0 && offset < bytes) return { tables, virtual: BigInt(page) * 4096n + BigInt(offset) };
      page += bytes / 4096;
    }
  }
  return undefined;
}

/** A table that is missing from the image hides what it maps; the search goes on behind it. */
function decided(tables: PageTable, page: number): Decision {
  try {
    return tables.decidePage(page);
  } catch (error) {
    if (error instanceof Fault) return { leaf: undefined, bytes: 2 << 20 };
    throw error;
  }
}
