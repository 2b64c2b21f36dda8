// A kernel image that has been found: at known virtual and physical addresses, with symbols. What a table of symbols
// says is believed when the kernel's page tables agree with it.

import { hex, type Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Answers } from '../cache/answers.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { PageTable } from '../paging/page-table.js';
import type { SymbolSource } from '../symbols/symbols.js';
import { findMapping, type Mapped } from './locate-paging.js';

export interface LocatedImage {
  readonly symbols: SymbolSource;
  /** Run-time address of _text. */
  readonly text: Kva;
  /** Physical minus virtual address of everything in the image. */
  readonly slide: number;
  /** Null where init_top_pgt is not in the dump; vmalloc space and modules are then out of reach. */
  readonly tables: PageTable | null;
  /** linux_banner without its newline. */
  readonly banner: string;
  readonly evidence: readonly string[];
  /** What is remembered about its build, where it was recognised by that. */
  readonly answers?: Answers;
}

/** Distance of a symbol from _text; undefined where there is no such symbol. */
export type OffsetOf = (name: string) => number | undefined;

const BANNER = /^Linux version (\S+) /;
const MAX_BANNER = 512;

/** Where the page tables of the image whose _text lies at `text` in physical memory show it. */
export function mappingOf(memory: PhysicalMemory, offsetOf: OffsetOf, text: number): Mapped | undefined {
  const root = offsetOf('init_top_pgt');
  return root === undefined ? undefined : findMapping(memory, text + root, text);
}

/** An image whose symbols are known beforehand, with _text at `text` in physical memory; undefined if it is not there. */
export function imageAt(
  memory: PhysicalMemory,
  offsetOf: OffsetOf,
  text: number,
  symbolsAt: (text: Kva) => SymbolSource,
): LocatedImage | undefined {
  const bannerOffset = offsetOf('linux_banner');
  const banner = bannerOffset === undefined ? undefined : bannerAt(memory, text + bannerOffset);
  const mapping = banner === undefined ? undefined : mappingOf(memory, offsetOf, text);
  if (banner === undefined || mapping === undefined) return undefined;
  const virtual = Number(BigInt.asIntN(64, mapping.virtual)) as Kva;
  return {
    symbols: symbolsAt(virtual),
    text: virtual,
    slide: text - virtual,
    tables: mapping.tables,
    banner,
    evidence: [mappedEvidence(mapping.tables, virtual, text)],
  };
}

/** The banner's text without its newline; undefined where there is none. */
export function bannerAt(memory: PhysicalMemory, at: number): string | undefined {
  try {
    const bytes = memory.bytes(at, MAX_BANNER);
    const text = Buffer.from(bytes.subarray(0, bytes.indexOf(0) + 1)).toString('latin1');
    return BANNER.test(text) ? text.slice(0, -1).trimEnd() : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

export function releaseOf(banner: string): string {
  return BANNER.exec(banner)?.[1] ?? 'unknown';
}

export function mappedEvidence(tables: PageTable, text: number, phys: number): string {
  const address = hex(BigInt.asUintN(64, BigInt(text)));
  return `page tables: init_top_pgt at ${hex(tables.root)} (${tables.levels} levels) maps _text ${address} to ${hex(phys)}`;
}
