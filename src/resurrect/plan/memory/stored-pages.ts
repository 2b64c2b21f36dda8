// Pages that the plan carries: those of swap areas that are in the dead kernel's memory (zram), where they lie compressed.
// Neither the crash kernel nor the executor needs to know how: they get what it comes to.

import { PAGE_BYTES, type SwapReader } from '../../abi/page-run.js';
import type { StoredPage } from '../../abi/records/memory.js';
import type { Table } from '../table.js';

/** 32 MiB: a plan lies in the memory of a crash kernel, twice while it is handed over. */
export const MOST_STORED_PAGES = 8192;

export class StoredPages {
  constructor(
    private readonly table: Table<StoredPage>,
    private readonly memory: SwapReader | null,
    private readonly most = MOST_STORED_PAGES,
  ) {}

  /** Index in the plan of the page in that slot; null where it cannot be read, or the plan carries as many as it may. */
  page(area: number, slot: number): number | null {
    const key = `${area} ${slot}`;
    const known = this.table.find(key);
    if (known !== null || this.memory === null || this.table.size >= this.most) return known;
    const contents = new Uint8Array(PAGE_BYTES);
    return this.memory.swapped(area, slot, contents) ? this.table.ref(key, () => ({ contents })) : null;
  }
}
