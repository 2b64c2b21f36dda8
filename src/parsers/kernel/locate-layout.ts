// The kernel that is asked for. Where the PC's hole below 4 GiB splits a raw image, the candidates are tried, and the
// kernel's own memory map decides between them. A crash kernel is looked for where the kernel that died says it is to be.

import { hex } from '../../base/address.js';
import { AbsentError } from '../../base/error.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { Extent } from '../image/window.js';
import { crashReservations } from './crash-reservation.js';
import { choose, type LocateOptions, placeOf, quickly, type Role, slowly } from './locate.js';
import { explainFailure, explainMisfit } from './locate-failure.js';
import type { LocatedImage } from './locate-image.js';
import { openRegions, type Regions } from './locate-regions.js';
import { extentText } from './locate-stretches.js';
import { ramBlocks } from './ram-map.js';
import { withAnswers } from './remembered.js';

export interface FoundKernel {
  /** The image's memory, in the layout in which the kernel was found. */
  readonly memory: PhysicalMemory;
  readonly image: LocatedImage;
  readonly regions: Regions;
  readonly evidence: readonly string[];
  readonly role: Role;
}

export interface FindOptions extends LocateOptions {
  /** Undefined: the one that died; but a crash kernel that is alone is taken too. */
  readonly kernel?: Role | undefined;
}

type Stage = typeof quickly;

/**
 * The kernel that is wanted, in any layout that the image can have. An InputError that says what was tried where there is
 * none at all, an AbsentError where there is another.
 */
export function findKernel(memory: PhysicalMemory, options: FindOptions): FoundKernel {
  const { kernel, ...where } = options;
  if (kernel === 'crash') return findCrashKernel(memory, where);
  const found = findDead(memory, where);
  if (kernel === undefined || found.role === kernel) return found;
  throw new AbsentError(
    `${memory.image.path}: no dead kernel is in this image, but a crash kernel at ${hex(placeOf(found.image))}`,
    'Take it with --kernel crash; a dump of the whole memory has both.',
  );
}

/** By the reservation of the kernel that died; by itself where that kernel, or its word on this, cannot be read. */
function findCrashKernel(memory: PhysicalMemory, options: LocateOptions): FoundKernel {
  const dead = findDead(memory, options);
  if (dead.role === 'crash') return dead;
  const reserved = crashReservations(dead.memory, dead.image);
  for (const within of reserved.length > 0 ? reserved : [undefined]) {
    const found = crashKernelWithin(dead, within, options);
    if (found) return found;
  }
  const [first] = reserved;
  throw new AbsentError(
    `${memory.image.path}: no crash kernel has booted in this memory${first ? `: none is in its reservation ${extentText(first)}` : '; the kernel had no memory reserved for one'}`,
    'Without --kernel crash, the kernel that died is shown.',
  );
}

function crashKernelWithin(
  { memory, image: dead }: FoundKernel,
  within: Extent | undefined,
  options: LocateOptions,
): FoundKernel | undefined {
  const place = within
    ? [`in the reservation ${extentText(within)} of the kernel at ${hex(placeOf(dead))}`]
    : [];
  for (const stage of [quickly, slowly]) {
    const others = (images: Iterable<LocatedImage>) =>
      [...images].filter((one) => placeOf(one) !== placeOf(dead));
    const found = findIn(memory, { ...options, hint: undefined, within }, stage, [], others);
    if (found && (within !== undefined || found.role === 'crash')) {
      return { ...found, role: 'crash', evidence: [...place, ...found.evidence] };
    }
  }
  return undefined;
}

/** The kernel that died, or the one that there is. */
function findDead(memory: PhysicalMemory, options: LocateOptions): FoundKernel {
  const failures: string[] = [];
  const memories = inLayouts(memory);
  const seconds: FoundKernel[] = [];
  for (const stage of [quickly, slowly]) {
    for (const one of memories) {
      const found = findIn(one, options, stage, failures);
      if (found?.role === 'dead') {
        if (memories.length === 1) return found;
        if (agrees(found)) return confirmed(found);
      }
      if (found) seconds.push(found);
    }
    const wanted = seconds.find(({ role }) => role === 'dead');
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
  sift = (images: Iterable<LocatedImage>): LocatedImage[] => [...images],
): FoundKernel | undefined {
  const chosen = choose(memory, sift(stage(memory, options, failures)));
  if (!chosen) return undefined;
  const isNew = options.store !== undefined && options.linked === undefined && !chosen.image.answers;
  const image = isNew ? withAnswers(memory, chosen.image) : chosen.image;
  const regions = openRegions(memory, image);
  return { memory, image, regions, evidence: [...image.evidence, ...regions.evidence], role: chosen.role };
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
