// Builds x86-64 page tables in made-up memory.

import type { SparseMemory } from './sparse-memory.js';

const PRESENT = 0x63n;
const HUGE = 0x80n;
const FRAME = 0x000f_ffff_ffff_f000n;

export class PageTableMaker {
  constructor(
    private readonly memory: SparseMemory,
    readonly root: number,
    private readonly levels: 4 | 5,
    /** Where further tables are taken from, upwards. */
    private next: number,
  ) {
    memory.u64(root, 0n);
  }

  /** Maps one page of 4 KiB (level 1), 2 MiB (2) or 1 GiB (3). */
  map(virtual: bigint, phys: number, level: 1 | 2 | 3 = 2, flags = 0n): void {
    let table = this.root;
    for (let at: number = this.levels; at > level; at--) table = this.below(table, at, virtual);
    const huge = level > 1 ? HUGE : 0n;
    this.memory.u64(this.entry(table, level, virtual), BigInt(phys) | PRESENT | huge | flags);
  }

  /** Physical address of the entry for an address at a level, given the table. */
  private entry(table: number, level: number, virtual: bigint): number {
    return table + Number((virtual >> BigInt(12 + 9 * (level - 1))) & 511n) * 8;
  }

  private below(table: number, level: number, virtual: bigint): number {
    const at = this.entry(table, level, virtual);
    const found = this.memory.memory().u64(at);
    if (found !== 0n) return Number(found & FRAME);
    const made = this.next;
    this.next += 4096;
    this.memory.u64(made, 0n);
    this.memory.u64(at, BigInt(made) | PRESENT);
    return made;
  }
}
