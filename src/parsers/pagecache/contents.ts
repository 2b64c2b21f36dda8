// The contents of a file as memory has them, page by page, and which pages it does not have.

import type { Kva } from '../../base/address.js';
import type { CachedPageKind, CachedRun } from '../../snapshot/pagecache.js';
import type { Kernel } from '../kernel/kernel.js';
import { pfnOfPage } from '../mm/struct-page.js';
import type { SwapSlot } from '../mm/swap-cache.js';
import { copySwapSlot } from '../mm/swap-source.js';
import { swapPage } from '../mm/user-page.js';
import { forEachCached, mappingKind } from './mapping.js';

const PAGE_BYTES = 4096;

type Place =
  | { readonly kind: 'frame'; readonly phys: number }
  | { readonly kind: 'hole' }
  | { readonly kind: 'swapped'; readonly slot: SwapSlot };

/** What a run of pages is, and where its first one lies. */
interface Stretch {
  readonly index: number;
  readonly pages: number;
  readonly place: Place;
}

export class FileContents {
  private readonly stretches: readonly Stretch[];
  /** What a page is that memory knows nothing of. */
  private readonly otherwise: CachedPageKind;

  constructor(
    private readonly kernel: Kernel,
    mapping: Kva,
    /** Bytes. */
    readonly size: number,
  ) {
    this.otherwise = mappingKind(kernel, mapping) === 'disk' ? 'absent' : 'hole';
    this.stretches = readStretches(kernel, mapping, this.otherwise === 'hole');
  }

  /** Pages up to the end of the file. */
  get pages(): number {
    return Math.ceil(this.size / PAGE_BYTES);
  }

  /** All pages of the file, in order; `swapped` are only those that no source of swapped pages has. */
  runs(): CachedRun[] {
    const found: CachedRun[] = [];
    let next = 0;
    for (const { index, pages, place } of this.stretches) {
      if (index >= this.pages) break;
      append(found, this.otherwise, next, index - next);
      append(found, this.kindOf(place), index, Math.min(pages, this.pages - index));
      next = index + pages;
    }
    append(found, this.otherwise, next, this.pages - next);
    return found;
  }

  /** Visits each page that memory or a source of swapped pages has; `bytes` is valid until the next one. */
  *present(): Generator<{ readonly index: number; readonly bytes: Uint8Array }> {
    const buffer = new Uint8Array(PAGE_BYTES);
    for (const { index, pages, place } of this.stretches) {
      for (let i = 0; i < pages && index + i < this.pages; i++) {
        if (!this.copy(place, i, buffer)) continue;
        const length = Math.min(PAGE_BYTES, this.size - (index + i) * PAGE_BYTES);
        yield { index: index + i, bytes: buffer.subarray(0, length) };
      }
    }
  }

  private copy(place: Place, page: number, into: Uint8Array): boolean {
    if (place.kind === 'swapped') return copySwapSlot(this.kernel, place.slot, into);
    if (place.kind === 'hole') return false;
    const { physical } = this.kernel.mem;
    const at = place.phys + page * PAGE_BYTES;
    if (!physical.has(at)) return false;
    const copy = () => {
      physical.copy(at, into, 0, PAGE_BYTES);
      return true;
    };
    return this.kernel.faults.guard('cached page', copy, false);
  }

  private kindOf(place: Place): CachedPageKind {
    if (place.kind === 'hole') return 'hole';
    if (place.kind === 'swapped')
      return copySwapSlot(this.kernel, place.slot, new Uint8Array(PAGE_BYTES)) ? 'present' : 'swapped';
    return this.kernel.mem.physical.has(place.phys) ? 'present' : 'absent';
  }
}

/** A page that is not up to date holds nothing of the file yet: of memory files, zeroes were to come. */
function readStretches(kernel: Kernel, mapping: Kva, isMemory: boolean): Stretch[] {
  const found: Stretch[] = [];
  forEachCached(kernel, mapping, {
    page: ({ index, page, pages, uptodate }) => {
      const frame: Place = { kind: 'frame', phys: pfnOfPage(kernel, page) * PAGE_BYTES };
      if (uptodate) found.push({ index, pages, place: frame });
      else if (isMemory) found.push({ index, pages, place: { kind: 'hole' } });
    },
    swapped: ({ index, type, offset }) => {
      found.push({ index, pages: 1, place: placeOf(kernel, { type, offset }) });
    },
  });
  return found;
}

function placeOf(kernel: Kernel, slot: SwapSlot): Place {
  const page = swapPage(kernel, slot);
  if (page.kind === 'frame') return page;
  return page.kind === 'zero' ? { kind: 'hole' } : { kind: 'swapped', slot };
}

/** Adds pages to the last run where they are of its kind. */
function append(runs: CachedRun[], kind: CachedPageKind, index: number, pages: number): void {
  if (pages <= 0) return;
  const last = runs.at(-1);
  if (last?.kind === kind && last.index + last.pages === index)
    runs[runs.length - 1] = { ...last, pages: last.pages + pages };
  else runs.push({ kind, index, pages });
}
