// What of a process's memory is here, as it would read it: pages that its page tables hold, and those of its files that
// are cached but not yet mapped. Memory that was never touched holds zeroes only, and is left out.

import { PAGE, type PageRun, type Vma } from '../../snapshot/mm.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { walkPages } from './page-walk.js';
import type { UserMemory } from './user-memory.js';

const PAGE_BYTES = 4096;
/** Pages of a run are read so many at a time. */
const CHUNK_BYTES = 256 * PAGE_BYTES;
const IN_MEMORY = PAGE.present | PAGE.migration;
const HERE = IN_MEMORY | PAGE.swap | PAGE.marker;

/** A part of a VMA that is all of one kind. */
export interface UserStretch {
  readonly vma: Vma;
  readonly start: number;
  readonly end: number;
  /**
   * `frames`: from physical address `phys` on. `zeroes`: never touched. `single`: each page must be asked for by itself.
   * `special`: the kernel or a device provides it.
   */
  readonly kind: 'frames' | 'zeroes' | 'single' | 'special';
  readonly phys: number;
}

/** All of every VMA, in order of address. */
export function* userStretches(memory: UserMemory): Generator<UserStretch> {
  const runs = walkPages(memory.kernel, memory.mm, memory.vmas).runs.filter(({ flags }) => flags & HERE);
  let next = 0;
  for (const vma of memory.vmas) {
    let at = vma.start;
    const untouched = vma.anonymous ? 'zeroes' : 'single';
    for (; next < runs.length; next++) {
      const run = runs[next] as PageRun;
      const runEnd = run.address + run.pages * PAGE_BYTES;
      const start = Math.max(run.address, vma.start);
      const end = Math.min(runEnd, vma.end);
      if (start >= vma.end) break;
      if (at < start) yield { vma, start: at, end: start, kind: untouched, phys: 0 };
      if (start < end)
        yield { vma, start, end, kind: kindOf(run), phys: run.pfn * PAGE_BYTES + start - run.address };
      at = Math.max(at, end);
      if (runEnd > vma.end) break;
    }
    if (at < vma.end) yield { vma, start: at, end: vma.end, kind: untouched, phys: 0 };
  }
}

function kindOf({ flags }: PageRun): UserStretch['kind'] {
  if (!(flags & IN_MEMORY)) return 'single';
  if (flags & PAGE.special) return 'special';
  return flags & PAGE.zero ? 'zeroes' : 'frames';
}

export interface UserPiece {
  readonly address: number;
  /** Valid until the next piece is asked for. */
  readonly bytes: Uint8Array;
}

/** In order of address; consecutive frames at once. */
export function* userPieces(memory: UserMemory): Generator<UserPiece> {
  for (const stretch of userStretches(memory)) {
    if (stretch.kind === 'frames') yield* frames(memory, stretch);
    else if (stretch.kind === 'single') yield* single(memory, stretch);
  }
}

function* frames(memory: UserMemory, { start, end, phys }: UserStretch): Generator<UserPiece> {
  const { physical } = memory.kernel.mem;
  for (let address = start; address < end; ) {
    const at = phys + address - start;
    const length = Math.min(CHUNK_BYTES, end - address);
    // Where the image has holes, one page that is lost must not cost its neighbours.
    const here = isWhole(physical, at, length) ? length : PAGE_BYTES;
    const read = () => physical.bytes(at, here);
    const bytes = memory.kernel.faults.guard(`user 0x${address.toString(16)}`, read, undefined);
    if (bytes !== undefined) yield { address, bytes };
    address += here;
  }
}

function isWhole(physical: PhysicalMemory, at: number, length: number): boolean {
  for (let page = at; page < at + length; page += PAGE_BYTES) if (!physical.has(page)) return false;
  return true;
}

/** Pages without an entry, or with one that leads to swap: the page cache and the swap cache may have them. */
function* single(memory: UserMemory, { start, end }: UserStretch): Generator<UserPiece> {
  const bytes = new Uint8Array(PAGE_BYTES);
  for (let address = start; address < end; address += PAGE_BYTES) {
    const { kind } = memory.page(address);
    if (kind !== 'zero' && kind !== 'absent' && memory.copyPage(address, bytes)) yield { address, bytes };
  }
}
