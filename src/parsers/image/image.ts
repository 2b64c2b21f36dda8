// What every container (raw, ELF, LiME, LZ4 of any of them) is to the rest: bytes at physical addresses.

import type { Phys } from '../../base/address.js';
import type { FaultRecord } from '../../base/fault.js';

/** Physical memory [start, end) that the image says it holds, in bytes. */
export interface PhysicalRange {
  readonly start: Phys;
  readonly end: Phys;
}

/** An ELF note. */
export interface Note {
  readonly name: string;
  readonly type: number;
  readonly desc: Uint8Array;
}

/** A way in which a raw file's bytes can lie in physical memory: [0, split) from 0 on, the rest from 4 GiB on. */
export interface Layout {
  /** `q35 hole at 2 GiB`, `no hole`. */
  readonly name: string;
  /** Infinity when nothing is moved. */
  readonly split: number;
  /** What in the image says so; null while it is a guess. */
  readonly evidence: string | null;
}

/**
 * The image never had the page; its file was cut short before it; it is in a damaged part of the file; it lies outside the
 * part of the image that is to be looked at (ImageWindow).
 */
export type Absence = 'hole' | 'truncated' | 'corrupt' | 'outside';

export interface Image {
  /** For the user: `raw`, `raw (q35 hole at 2 GiB)`, `ELF vmcore`, `LiME`, with ` in LZ4` behind. */
  readonly format: string;
  readonly path: string;
  /** Sorted, disjoint. */
  readonly ranges: readonly PhysicalRange[];
  /** ELF notes, where the container has them. */
  readonly notes: readonly Note[];
  /** What of the container is damaged or missing: a file cut short, a bad block. Grows while it is read. */
  readonly faults: readonly FaultRecord[];
  /**
   * Raw images only, else empty: the layouts that are possible, the likeliest first. `layout` is in force; unless it
   * has `evidence`, whoever finds the kernel should check it against the page tables and try the others.
   */
  readonly layouts: readonly Layout[];
  readonly layout: Layout | null;
  /** The same file with another layout; shares the descriptor, so that closing one closes both. */
  withLayout(layout: Layout): Image;
  /**
   * Copies memory from `at` on into `into`; returns the number of bytes that were there before the first hole or
   * the file's end. Never throws a fault; throws SystemError when the file cannot be read.
   */
  read(at: Phys, into: Uint8Array): number;
  /** Why `at` cannot be read. */
  absence(at: Phys): Absence;
  /**
   * Parts of [start, end) that may hold anything but zeroes, in order (holes of a sparse file are left out where
   * the platform tells).
   */
  data(start: Phys, end: Phys): Iterable<PhysicalRange>;
  close(): void;
}
