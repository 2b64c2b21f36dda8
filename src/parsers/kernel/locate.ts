// Finds the kernel: all candidates first, then the one that died. Memory can hold more than one kernel: the crash
// kernel that booted after the panic, or what a reboot left behind.

import { hex, type Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { AnswerStore } from '../cache/answer-store.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { LinkedTable } from '../symbols/linked-symbols.js';
import type { LocatedImage } from './locate-image.js';
import { imageOfTables } from './locate-kallsyms.js';
import { imageOfLinked } from './locate-linked.js';
import { noted } from './locate-note.js';
import {
  type FoundTables,
  type Head,
  headAt,
  heads,
  tablesAnywhere,
  tablesBehind,
} from './locate-stretches.js';
import { asNoted, atHead } from './remembered.js';

export interface LocateOptions {
  /** Symbols from a file, instead of those in memory. */
  readonly linked?: LinkedTable | undefined;
  /** The main kernel, or the crash kernel that runs after it in the same memory. */
  readonly which?: 'main' | 'crash' | undefined;
  /** What is remembered about builds. */
  readonly store?: AnswerStore | undefined;
  /** Start of .rodata in this dump, as it was found before. */
  readonly hint?: number | undefined;
}

/** Images at the places where one is likely; `failures` takes why others are none. Milliseconds for each GiB. */
export function* quickly(
  memory: PhysicalMemory,
  options: LocateOptions,
  failures: string[],
): Generator<LocatedImage> {
  const { linked, store } = options;
  const hinted = imageAtHint(memory, options);
  if (hinted) return yield hinted;
  const note = linked ? undefined : noted(memory);
  if (note) {
    const image = (store && asNoted(memory, store, note)) ?? imageOf(memory, note.tables());
    yield* accepted(image, failures);
    if (typeof image !== 'string' && isWanted(memory, image, options)) return;
  }
  for (const head of heads(memory)) {
    yield* accepted(imageAtHead(memory, options, head), failures);
  }
}

/** Images anywhere in memory. */
export function* slowly(
  memory: PhysicalMemory,
  { linked }: LocateOptions,
  failures: string[],
): Generator<LocatedImage> {
  if (linked) yield* accepted(imageOfLinked(memory, null, linked), failures);
  else for (const tables of tablesAnywhere(memory)) yield* accepted(imageOfTables(memory, tables), failures);
}

/** Only what is recognised by remembered answers is worth a hint: all else takes longer than probing. */
function imageAtHint(memory: PhysicalMemory, options: LocateOptions): LocatedImage | undefined {
  const { hint, store, linked } = options;
  if (hint === undefined || store === undefined || linked) return undefined;
  const text = headAt(memory, hint);
  const image = text === undefined ? undefined : atHead(memory, store, { at: hint as Phys, text });
  return image && isWanted(memory, image, options) ? image : undefined;
}

function imageAtHead(memory: PhysicalMemory, { linked, store }: LocateOptions, head: Head) {
  if (linked) return imageOfLinked(memory, head.at, linked);
  return (store && atHead(memory, store, head)) ?? imageOf(memory, tablesBehind(memory, head.at));
}

function imageOf(memory: PhysicalMemory, tables: FoundTables | undefined): LocatedImage | string {
  return tables ? imageOfTables(memory, tables) : 'a banner or a note, but no kallsyms tables behind it';
}

function* accepted(image: LocatedImage | string, failures: string[]): Generator<LocatedImage> {
  if (typeof image === 'string') failures.push(image);
  else yield image;
}

/** Wanted before unwanted, page tables before none, then the order they were found in. */
export function choose(
  memory: PhysicalMemory,
  found: readonly LocatedImage[],
  options: LocateOptions,
): LocatedImage | undefined {
  const rank = (image: LocatedImage) => (isWanted(memory, image, options) ? 2 : 0) + (image.tables ? 1 : 0);
  const [best, ...rest] = [...found].sort((a, b) => rank(b) - rank(a));
  if (!best) return undefined;
  const role = isCrashKernel(memory, best) ? ['this is the crash kernel: it has an elfcorehdr'] : [];
  const others = rest
    .filter((image) => image.slide + image.text !== best.slide + best.text)
    .map((image) => `passed over: ${describe(memory, image)}`);
  return { ...best, evidence: [...best.evidence, ...role, ...others] };
}

function describe(memory: PhysicalMemory, image: LocatedImage): string {
  const role = isCrashKernel(memory, image) ? 'the crash kernel' : 'another kernel';
  return `${role} at ${hex(image.text + image.slide)}, ${image.banner.slice(0, 60)}…`;
}

export function isWanted(
  memory: PhysicalMemory,
  image: LocatedImage,
  { which = 'main' }: LocateOptions,
): boolean {
  return isCrashKernel(memory, image) === (which === 'crash');
}

const NO_ELFCOREHDR = 0xffff_ffff_ffff_ffffn;

/** is_kdump_kernel(): a crash kernel is told by its command line where the dead kernel's headers are. */
function isCrashKernel(memory: PhysicalMemory, { symbols, slide }: LocatedImage): boolean {
  const at = symbols.address('elfcorehdr_addr');
  if (at === undefined) return false;
  try {
    return memory.u64(at + slide) !== NO_ELFCOREHDR;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
