// A pattern in kernel memory. The direct map has all of physical memory, so that each place is found once, there; what
// vmalloc put together from scattered frames can hold a pattern across two pages, and is looked at besides.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { PatternScan } from './pattern-scan.js';
import { searchPhysical } from './search-physical.js';

const PAGE = 4096;
/** First page of the kernel's half, by number of levels. */
const KERNEL_HALF = { 4: 2 ** 52 - 2 ** 35, 5: 2 ** 52 - 2 ** 44 } as const;
const PAGES = 2 ** 52;

/** Kernel addresses: those of the direct map ascending, then those across pages elsewhere. */
export function* searchKernel(kernel: Kernel, pattern: Uint8Array): Generator<Kva> {
  const { mem } = kernel;
  const { phys, bytes } = mem.directMap;
  for (const at of searchPhysical(mem.physical, pattern)) {
    if (at >= phys && at < phys + bytes) yield mem.directAddress(at);
  }
  if (pattern.length > 1) yield* acrossPages(kernel, pattern);
}

/** Where one page follows another that is not next to it in physical memory. */
function* acrossPages(kernel: Kernel, pattern: Uint8Array): Generator<Kva> {
  const { physical, fold } = kernel.mem;
  const keep = Math.min(pattern.length - 1, PAGE);
  let last: Leaf | undefined;
  for (const leaf of kernelLeaves(kernel)) {
    const scattered = last !== undefined && last.page + last.pages === leaf.page && last.end !== leaf.phys;
    if (scattered && last !== undefined) {
      const scan = new PatternScan(pattern);
      const ends = [last.end - keep, leaf.phys] as const;
      const [tail, head] = kernel.faults.guard(
        'search',
        () => ends.map((at) => physical.bytes(at, keep)),
        [],
      );
      if (tail !== undefined && head !== undefined) {
        void [...scan.feed(0, tail)];
        const start = BigInt(leaf.page) * BigInt(PAGE) - BigInt(keep);
        for (const place of scan.feed(keep, head)) {
          if (place < keep) yield fold.fromBig(start + BigInt(place));
        }
      }
    }
    last = leaf;
  }
}

interface Leaf {
  /** Number of its first page, unsigned. */
  readonly page: number;
  readonly pages: number;
  readonly phys: number;
  readonly end: number;
}

/** What the kernel's page tables map outside of its direct map. */
function* kernelLeaves({ mem, location, faults }: Kernel): Generator<Leaf> {
  const tables = mem.pageTables;
  if (tables === null) return;
  const direct = Number(mem.fold.toBig(mem.directMap.start) / BigInt(PAGE));
  const directEnd = direct + Math.ceil(mem.directMap.bytes / PAGE);
  for (let page: number = KERNEL_HALF[location.pagingLevels]; page < PAGES; ) {
    if (page >= direct && page < directEnd) {
      page = directEnd;
      continue;
    }
    const at = page;
    const decided = faults.guard('kernel page tables', () => tables.decidePage(at), null);
    const { leaf, bytes } = decided ?? { leaf: undefined, bytes: tables.lostBytes(at) };
    const span = bytes / PAGE;
    const pages = span - (page % span);
    if (leaf !== undefined && memoryHas(mem.physical.end, leaf + bytes)) {
      yield { page, pages, phys: leaf + (span - pages) * PAGE, end: leaf + bytes };
    }
    page += pages;
  }
}

/** Device memory is mapped too, and not in the image. */
function memoryHas(end: number, last: number): boolean {
  return last <= end;
}
