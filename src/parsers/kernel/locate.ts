// Finds kernels: all candidates first, then the one that died. Memory can hold more than one kernel: the crash
// kernel that booted after the panic, or what a reboot left behind.

import { hex, type Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { AnswerStore } from '../cache/answer-store.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { Extent } from '../image/window.js';
import type { LinkedTable } from '../symbols/linked-symbols.js';
import { crashReservations } from './crash-reservation.js';
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
  /** Where to look for one; everywhere by default. */
  readonly within?: Extent | undefined;
  /** What is remembered about builds. */
  readonly store?: AnswerStore | undefined;
  /** Start of .rodata in this dump, as it was found before. */
  readonly hint?: number | undefined;
}

/** The kernel that died; or the crash kernel, which runs after it in the same memory. */
export type Role = 'dead' | 'crash';

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
    if (typeof image !== 'string' && !hasElfcorehdr(memory, image)) return;
  }
  for (const head of heads(memory, options.within)) {
    yield* accepted(imageAtHead(memory, options, head), failures);
  }
}

/** Images anywhere in memory. */
export function* slowly(
  memory: PhysicalMemory,
  { linked, within }: LocateOptions,
  failures: string[],
): Generator<LocatedImage> {
  if (linked) yield* accepted(imageOfLinked(memory, null, linked, within), failures);
  else {
    for (const tables of tablesAnywhere(memory, within))
      yield* accepted(imageOfTables(memory, tables), failures);
  }
}

/** Only what is recognised by remembered answers is worth a hint: all else takes longer than probing. */
function imageAtHint(memory: PhysicalMemory, options: LocateOptions): LocatedImage | undefined {
  const { hint, store, linked } = options;
  if (hint === undefined || store === undefined || linked) return undefined;
  const text = headAt(memory, hint);
  const image = text === undefined ? undefined : atHead(memory, store, { at: hint as Phys, text });
  return image && !hasElfcorehdr(memory, image) ? image : undefined;
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

/** An image, and what it was. */
export interface Chosen {
  readonly image: LocatedImage;
  readonly role: Role;
}

/** The kernel that died before any other, page tables before none, then the order they were found in. */
export function choose(memory: PhysicalMemory, found: readonly LocatedImage[]): Chosen | undefined {
  const roles = new Map(found.map((image) => [image, roleAmong(memory, image, found)]));
  const rank = (image: LocatedImage) => (roles.get(image) === 'dead' ? 2 : 0) + (image.tables ? 1 : 0);
  const [best, ...rest] = [...found].sort((a, b) => rank(b) - rank(a));
  if (!best) return undefined;
  const role = roles.get(best) as Role;
  const its = role === 'crash' ? [`this is the crash kernel: ${whyCrash(memory, best)}`] : [];
  const others = rest
    .filter((image) => placeOf(image) !== placeOf(best))
    .map((image) => `passed over: ${describe(image, roles.get(image) as Role)}`);
  return { image: { ...best, evidence: [...best.evidence, ...its, ...others] }, role };
}

function whyCrash(memory: PhysicalMemory, image: LocatedImage): string {
  return hasElfcorehdr(memory, image) ? 'it has an elfcorehdr' : 'it lies in what another kernel reserved';
}

function describe(image: LocatedImage, role: Role): string {
  const name = role === 'crash' ? 'the crash kernel' : 'another kernel';
  return `${name} at ${hex(placeOf(image))}, ${image.banner.slice(0, 60)}…`;
}

/** Physical address of _text. */
export function placeOf({ text, slide }: LocatedImage): number {
  return text + slide;
}

/** A crash kernel says so itself, or lies in memory that another kernel reserved for one. */
function roleAmong(memory: PhysicalMemory, image: LocatedImage, all: readonly LocatedImage[]): Role {
  if (hasElfcorehdr(memory, image)) return 'crash';
  const at = placeOf(image);
  const inside = all.some(
    (other) =>
      placeOf(other) !== at &&
      crashReservations(memory, other).some(({ start, end }) => at >= start && at < end),
  );
  return inside ? 'crash' : 'dead';
}

const NO_ELFCOREHDR = 0xffff_ffff_ffff_ffffn;

/** is_kdump_kernel(): a crash kernel is told by its command line where the dead kernel's headers are. */
function hasElfcorehdr(memory: PhysicalMemory, { symbols, slide }: LocatedImage): boolean {
  const at = symbols.address('elfcorehdr_addr');
  if (at === undefined) return false;
  try {
    return memory.u64(at + slide) !== NO_ELFCOREHDR;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
