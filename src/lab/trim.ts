// `ow lab trim`: a fixture out of a dump. Runs an inspection, notes which pages of memory it reads, and writes those
// alone, as LiME ranges in LZ4 frames with independent blocks: other tools read it after `lz4 -d`.

import type { Phys } from '../base/address.js';
import { writeAtomically } from '../base/atomic-file.js';
import { InputError } from '../base/error.js';
import { progress } from '../base/progress.js';
import type { Image } from '../parsers/image/image.js';
import { LIME_HEADER_BYTES, LIME_MAGIC } from '../parsers/image/lime.js';
import { encodeLimeIndex, LIME_INDEX_MAGIC, type ListedRange } from '../parsers/image/lime-index.js';
import { openImage } from '../parsers/image/open.js';
import { PhysicalMemory } from '../parsers/image/physical-memory.js';
import { Lz4Writer } from './lz4-writer.js';

export interface TrimReport {
  readonly pages: number;
  readonly ranges: number;
  /** Before and after compression. */
  readonly bytes: number;
  readonly fileBytes: number;
}

const PAGE = 4096;

/** Writes to `out` the pages of `dump` that `inspect` reads through the memory that it is given. */
export async function trim(
  dump: string,
  out: string,
  inspect: (memory: PhysicalMemory) => void | Promise<void>,
): Promise<TrimReport> {
  const image = openImage(dump);
  try {
    const pages = await touchedPages(image, inspect);
    return writePages(image, pages, out);
  } finally {
    image.close();
  }
}

/** Page frame numbers that `inspect` reads. Blocks of one page, so that no neighbour is taken along. */
export async function touchedPages(
  image: Image,
  inspect: (memory: PhysicalMemory) => void | Promise<void>,
): Promise<Set<number>> {
  const pages = new Set<number>();
  const onLoad = (block: Phys) => pages.add(block / PAGE);
  await inspect(new PhysicalMemory(image, { blockBytes: PAGE, onLoad }));
  return pages;
}

/** Writes pages of `image` as LiME in LZ4. Pages that the image does not have are left out. */
export function writePages(image: Image, pages: Iterable<number>, out: string): TrimReport {
  const runs = runsOf(image, pages);
  if (runs.length === 0) {
    throw new InputError(
      `${image.path}: the inspection read no page of it`,
      'Is it a dump at all? Try ow-inspect.',
    );
  }
  const count = runs.reduce((sum, { first, end }) => sum + end - first, 0);
  const bytes = count * PAGE + runs.length * LIME_HEADER_BYTES;
  let fileBytes = 0;
  writeAtomically(out, (file) => {
    const frame = new Lz4Writer((part) => file.write(part), bytes);
    for (const [i, run] of runs.entries()) {
      progress('writing pages', i, runs.length);
      writeRun(image, run, frame);
    }
    frame.end();
    frame.skippable(LIME_INDEX_MAGIC, encodeLimeIndex(runs));
    fileBytes = file.bytes;
  });
  return { pages: count, ranges: runs.length, bytes, fileBytes };
}

function writeRun(image: Image, { first, end }: ListedRange, frame: Lz4Writer): void {
  frame.write(limeHeader(first * PAGE, end * PAGE - 1));
  const page = Buffer.alloc(PAGE);
  for (let pfn = first; pfn < end; pfn++) {
    if (image.read((pfn * PAGE) as Phys, page) < PAGE) {
      throw new InputError(
        `${image.path}: page ${pfn} was there and is not any more`,
        'Trim a dump at rest.',
      );
    }
    frame.write(page);
  }
}

function limeHeader(first: number, last: number): Buffer {
  const header = Buffer.alloc(LIME_HEADER_BYTES);
  header.writeUInt32LE(LIME_MAGIC, 0);
  header.writeUInt32LE(1, 4);
  header.writeBigUInt64LE(BigInt(first), 8);
  header.writeBigUInt64LE(BigInt(last), 16);
  return header;
}

/** Runs of consecutive pages that are there, ascending. */
function runsOf(image: Image, pages: Iterable<number>): ListedRange[] {
  const page = Buffer.alloc(PAGE);
  const sorted = Float64Array.from(new Set(pages)).sort();
  const runs: { first: number; end: number }[] = [];
  for (const pfn of sorted) {
    if (image.read((pfn * PAGE) as Phys, page) < PAGE) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.end === pfn) last.end = pfn + 1;
    else runs.push({ first: pfn, end: pfn + 1 });
  }
  return runs;
}
