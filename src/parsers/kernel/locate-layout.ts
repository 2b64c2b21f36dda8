// Where the PC's hole below 4 GiB splits a raw image: the candidates are tried, and the kernel's own memory map
// decides between them.

import type { PhysicalMemory } from '../image/physical-memory.js';
import { choose, isWanted, type LocateOptions, quickly, slowly } from './locate.js';
import { explainFailure, explainMisfit } from './locate-failure.js';
import type { LocatedImage } from './locate-image.js';
import { openRegions, type Regions } from './locate-regions.js';
import { ramBlocks } from './ram-map.js';
import { withAnswers } from './remembered.js';

export interface FoundKernel {
  /** The image's memory, in the layout in which the kernel was found. */
  readonly memory: PhysicalMemory;
  readonly image: LocatedImage;
  readonly regions: Regions;
  readonly evidence: readonly string[];
}

type Stage = typeof quickly;

/** The kernel in any layout that the image can have; an InputError that says what was tried. */
export function findKernel(memory: PhysicalMemory, options: LocateOptions): FoundKernel {
  const failures: string[] = [];
  const memories = inLayouts(memory);
  const seconds: FoundKernel[] = [];
  for (const stage of [quickly, slowly]) {
    for (const one of memories) {
      const found = findIn(one, options, stage, failures);
      if (found && isWanted(one, found.image, options)) {
        if (memories.length === 1) return found;
        if (agrees(found)) return confirmed(found);
      }
      if (found) seconds.push(found);
    }
    const wanted = seconds.find((found) => isWanted(found.memory, found.image, options));
    if (wanted) return doubted(wanted);
  }
  const [second] = seconds;
  if (!second) {
    throw options.linked ? explainMisfit(memory, options.linked) : explainFailure(memory, failures);
  }
  return second;
}

/** The memory in the layout in force, then in the others. */
function inLayouts(memory: PhysicalMemory): PhysicalMemory[] {
  const { image } = memory;
  const others = image.layouts.filter((layout) => layout.split !== image.layout?.split);
  return [memory, ...others.map((layout) => memory.withImage(image.withLayout(layout)))];
}

function findIn(
  memory: PhysicalMemory,
  options: LocateOptions,
  stage: Stage,
  failures: string[],
): FoundKernel | undefined {
  const chosen = choose(memory, [...stage(memory, options, failures)], options);
  if (!chosen) return undefined;
  const isNew = options.store !== undefined && options.linked === undefined && !chosen.answers;
  const image = isNew ? withAnswers(memory, chosen) : chosen;
  const regions = openRegions(memory, image);
  return { memory, image, regions, evidence: [...image.evidence, ...regions.evidence] };
}

const FOUR_GIB = 2 ** 32;
/** Firmware keeps some of the RAM below 4 GiB to itself (tables, SMRAM, the video memory of some machines). */
const FIRMWARE = 64 << 20;

/** Whether RAM ends where the layout says. */
function agrees({ memory, image, regions }: FoundKernel): boolean {
  const ram = ramBlocks(regions.mem, image.symbols);
  const split = memory.image.layout?.split ?? Number.POSITIVE_INFINITY;
  const low = Math.min(split, memory.end);
  const lowEnd = Math.max(0, ...ram.filter(({ end }) => end <= FOUR_GIB).map(({ end }) => end));
  const highEnd = Math.max(0, ...ram.map(({ end }) => end));
  const lowFits = lowEnd <= low && lowEnd > low - FIRMWARE;
  return lowFits && (split < memory.end ? highEnd === memory.end : highEnd === lowEnd);
}

function confirmed(found: FoundKernel): FoundKernel {
  const line = `image: ${found.memory.image.format}, as the kernel’s memory map (e820) confirms`;
  return { ...found, evidence: [line, ...found.evidence] };
}

function doubted(found: FoundKernel): FoundKernel {
  const doubt = `image: ${found.memory.image.format}; the kernel’s memory map (e820) does not confirm this layout`;
  return { ...found, evidence: [doubt, ...found.evidence] };
}
