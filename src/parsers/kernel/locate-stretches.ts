// Where a kernel may lie: stretches of physical memory that begin like its .rodata, or that hold a kallsyms token table.

import type { Phys } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { scanMemory } from '../image/scan.js';
import { type Extent, intersection } from '../image/window.js';
import { findKallsyms, type KallsymsShape } from '../symbols/kallsyms-shape.js';
import { DIGIT_TOKENS, hasTokenTable } from '../symbols/kallsyms-tokens.js';
import type { Stretch } from '../symbols/stretch.js';

export interface FoundTables {
  readonly stretch: Stretch;
  readonly shape: KallsymsShape;
  /** How it was found, for the evidence. */
  readonly by: string;
}

/** The start of what may be a kernel's .rodata. */
export interface Head {
  readonly at: Phys;
  /** What its first page says, from `Linux version` on. */
  readonly text: string;
}

/** x86-64 aligns .rodata and the image itself so (arch/x86/kernel/vmlinux.lds.S, CONFIG_PHYSICAL_ALIGN). */
export const CHUNK = 2 << 20;
const PROBE = 4096;
const EVERYWHERE: Extent = { start: 0, end: Number.POSITIVE_INFINITY };
const BANNER = Buffer.from('Linux version ');
/** .rodata of a distribution kernel up to the end of kallsyms: 3 to 6 MiB; larger stretches are tried after. */
const STRETCHES = [8 << 20, 32 << 20];

/** Chunks whose first page holds a banner: init/version.c comes first in .rodata. */
export function* heads(memory: PhysicalMemory, within: Extent = EVERYWHERE): Generator<Head> {
  const page = Buffer.alloc(PROBE);
  for (const range of intersection(memory.ranges, [within])) {
    for (let at = Math.ceil(range.start / CHUNK) * CHUNK; at < range.end; at += CHUNK) {
      const text = bannerIn(page.subarray(0, memory.image.read(at as Phys, page)));
      if (text === undefined) continue;
      memory.touch(at, PROBE);
      yield { at: at as Phys, text };
    }
  }
}

/** `all memory`, or which part of it. */
export function extentText({ start, end }: Extent): string {
  return end === Number.POSITIVE_INFINITY ? 'all memory' : `0x${start.toString(16)}–0x${end.toString(16)}`;
}

/** Text by which the .rodata that begins at `at` is recognised. */
export function headAt(memory: PhysicalMemory, at: number): string | undefined {
  return bannerIn(Buffer.from(readStretch(memory, at, PROBE).data));
}

function bannerIn(page: Buffer): string | undefined {
  const start = page.indexOf(BANNER);
  return start < 0 ? undefined : page.toString('latin1', start, page.indexOf(0, start));
}

/** kallsyms tables in the .rodata that begins at a head. */
export function tablesBehind(memory: PhysicalMemory, head: Phys): FoundTables | undefined {
  for (const length of STRETCHES) {
    const stretch = readStretch(memory, head, length);
    const shape = findKallsyms(stretch);
    if (shape) return { stretch, shape, by: `the banner at the start of 2 MiB at 0x${head.toString(16)}` };
  }
  return undefined;
}

/** Token table and index: 1.5 KiB in practice. */
const TOKENS_REACH = 8 << 10;
/** Names, markers and offsets are at most this far from the token table. */
const REACH = 16 << 20;

/** The slow way, through all memory: tables around anything that looks like a token table. */
export function* tablesAnywhere(memory: PhysicalMemory, within: Extent = EVERYWHERE): Generator<FoundTables> {
  let searched = 0;
  for (const hit of scanMemory(memory.image, DIGIT_TOKENS, within)) {
    if (hit < searched) continue;
    const tables = tablesAround(
      memory,
      hit,
      `searching ${extentText(within)} for a token table, found at 0x${hit.toString(16)}`,
    );
    if (!tables) continue;
    searched = tables.stretch.phys + Math.max(tables.shape.tokenIndex, tables.shape.offsets);
    yield tables;
  }
}

/** Tables whose token "0" stands at `digits`. */
function tablesAround(memory: PhysicalMemory, digits: number, by: string): FoundTables | undefined {
  // A few kilobytes tell most impostors before megabytes are read.
  if (!hasTokenTable(readStretch(memory, pageBefore(digits, TOKENS_REACH), 3 * TOKENS_REACH)))
    return undefined;
  const start = pageBefore(digits, REACH);
  const stretch = readStretch(memory, start, 2 * REACH);
  const shape = findKallsyms(stretch, digits - start);
  return shape && { stretch, shape, by };
}

/** Tables are aligned in memory, so a stretch must begin at a page for its positions to be. */
function pageBefore(at: number, bytes: number): number {
  return Math.max(0, Math.floor((at - bytes) / PROBE) * PROBE);
}

export function readStretch(memory: PhysicalMemory, start: number, length: number): Stretch {
  const data = new Uint8Array(Math.max(0, Math.min(length, memory.end - start)));
  memory.bulk(start, data);
  return { data, view: new DataView(data.buffer), phys: start };
}
