// A pattern in all of physical memory: read once, in order, past the cache; holes of a sparse file cost nothing.

import type { Phys } from '../../base/address.js';
import { progress } from '../../base/progress.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { PatternScan } from './pattern-scan.js';

const PAGE = 4096;
const CHUNK = 1 << 20;

/** Physical addresses, ascending. What is a hole in the image's file holds zeroes only, and is not looked at. */
export function* searchPhysical(memory: PhysicalMemory, pattern: Uint8Array): Generator<Phys> {
  const scan = new PatternScan(pattern);
  const buffer = new Uint8Array(CHUNK);
  const total = memory.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  let before = 0;
  for (const range of memory.ranges) {
    for (const { start, end } of memory.image.data(range.start, range.end)) {
      for (let at: number = start; at < end; ) {
        progress('searching memory', before + at - range.start, total);
        const part = buffer.subarray(0, Math.min(CHUNK, end - at));
        const found = memory.image.read(at as Phys, part);
        yield* scan.feed(at, part.subarray(0, found)) as Generator<Phys>;
        at = found === part.length ? at + found : nextPage(at + found);
      }
    }
    before += range.end - range.start;
  }
}

/** Behind a page that is missing. */
function nextPage(at: number): number {
  return (Math.floor(at / PAGE) + 1) * PAGE;
}
