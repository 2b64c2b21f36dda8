// From kallsyms tables in physical memory to the kernel image that they describe.

import { hex, type Kva } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { KallsymsTable } from '../symbols/kallsyms-table.js';
import { bannerAt, imageAt, type LocatedImage, mappedEvidence } from './locate-image.js';
import { mapsTo } from './locate-paging.js';
import { CHUNK, type FoundTables } from './locate-stretches.js';

/** The image that the tables belong to, or why there is none. */
export function imageOfTables(memory: PhysicalMemory, found: FoundTables): LocatedImage | string {
  const { stretch, shape, by } = found;
  const image = shape.base === null ? byPlace(memory, found) : byBase(memory, found, shape.base);
  if (typeof image === 'string') return image;
  const { start, end } = (image.symbols as KallsymsTable).extent;
  memory.touch(stretch.phys + start, end - start);
  const where = `${hex(stretch.phys + start)}–${hex(stretch.phys + end)}`;
  const first = `kallsyms: ${shape.count} symbols at ${where} (${shape.rule} offsets), by ${by}`;
  return { ...image, evidence: [first, ...image.evidence] };
}

/** The rule `place`: offsets give physical addresses at once, and the page tables the virtual ones. */
function byPlace(memory: PhysicalMemory, { stretch, shape }: FoundTables): LocatedImage | string {
  const place = stretch.phys + shape.offsets;
  const physical = new KallsymsTable(stretch, shape, place);
  const text = physical.address('_text');
  if (text === undefined) return 'kallsyms lack _text';
  const offsetOf = (name: string) => {
    const at = physical.address(name);
    return at === undefined ? undefined : at - text;
  };
  const symbolsAt = (virtual: Kva) => new KallsymsTable(stretch, shape, place - text + virtual);
  const image = imageAt(memory, offsetOf, text, symbolsAt);
  return (
    image ?? `init_top_pgt does not map _text at ${hex(text)}, or linux_banner is not where kallsyms say`
  );
}

/** The base is a run-time address; how far it is from the physical one, a multiple of 2 MiB, is to be confirmed. */
function byBase(
  memory: PhysicalMemory,
  { stretch, shape }: FoundTables,
  from: bigint,
): LocatedImage | string {
  const symbols = new KallsymsTable(stretch, shape, Number(BigInt.asIntN(64, from)));
  const [text, rodata] = [symbols.address('_text'), symbols.address('__start_rodata')];
  const [root, at] = [symbols.address('init_top_pgt'), symbols.address('linux_banner')];
  if (text === undefined || rodata === undefined || root === undefined || at === undefined) {
    return 'kallsyms lack _text, __start_rodata, init_top_pgt or linux_banner';
  }
  const slides = possibleSlides(rodata, symbols.address('__end_rodata'), stretch.phys + shape.names);
  for (const slide of slides) {
    const tables = mapsTo(memory, root + slide, BigInt.asUintN(64, BigInt(text)), text + slide);
    const banner = tables && bannerAt(memory, at + slide);
    if (!tables || banner === undefined) continue;
    return { symbols, text, slide, tables, banner, evidence: [mappedEvidence(tables, text, text + slide)] };
  }
  for (const slide of slides) {
    const banner = bannerAt(memory, at + slide);
    if (banner === undefined) continue;
    const evidence = ['init_top_pgt does not map the kernel: damaged, or missing from the dump'];
    return { symbols, text, slide, tables: null, banner, evidence };
  }
  return 'neither page tables nor linux_banner agree with kallsyms';
}

const MOST_RODATA = 64 << 20;

/** Slides that put kallsyms' names, at `names`, inside .rodata; the ones that put them near its start come first. */
function possibleSlides(rodata: Kva, end: Kva | undefined, names: number): number[] {
  const bytes = end === undefined ? MOST_RODATA : Math.min(MOST_RODATA, end - rodata);
  const slides: number[] = [];
  for (let start = Math.floor(names / CHUNK) * CHUNK; start > names - bytes; start -= CHUNK) {
    slides.push(start - rodata);
  }
  // __start_rodata is 2 MiB aligned with CONFIG_STRICT_KERNEL_RWX; where it is not, keep the image's alignment.
  return slides.map((slide) => Math.floor(slide / CHUNK) * CHUNK);
}
