// An image whose symbols come from a System.map or a vmlinux: linux_banner's place in memory gives _text's.

import type { Phys } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { scanMemory } from '../image/scan.js';
import type { Extent } from '../image/window.js';
import { type LinkedTable, MovedSymbols } from '../symbols/linked-symbols.js';
import { imageAt, type LocatedImage } from './locate-image.js';
import { CHUNK } from './locate-stretches.js';

const BANNER = Buffer.from('Linux version ');
/** linux_banner is in .rodata, some megabytes behind its start at most. */
const RODATA_BYTES = 16 << 20;

/** `head`: start of .rodata; null searches all memory, or the part that is given. */
export function imageOfLinked(
  memory: PhysicalMemory,
  head: Phys | null,
  table: LinkedTable,
  within: Partial<Extent> = {},
): LocatedImage | string {
  const offset = table.offset('linux_banner');
  if (offset === undefined) return `${table.origin} has no linux_banner`;
  const part = head === null ? within : { start: head, end: head + RODATA_BYTES };
  for (const hit of scanMemory(memory.image, BANNER, part)) {
    const text = hit - offset;
    if (text < 0 || text % CHUNK !== 0) continue;
    const image = imageAt(
      memory,
      (name) => table.offset(name),
      text,
      (at) => new MovedSymbols(table, at),
    );
    if (image) return { ...image, evidence: [`symbols: ${table.origin}`, ...image.evidence] };
  }
  return `no kernel in memory has linux_banner and page tables where ${table.origin} says`;
}
