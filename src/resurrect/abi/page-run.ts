// The contents of page runs, read as an executor reads them: in pieces, in order.

import { crc32 } from 'node:zlib';
import { PAGE_SOURCE, type PageRun, type StoredPage } from './records/memory.js';

export const PAGE_BYTES = 4096;
const PIECE_PAGES = 256;

/** The address behind a run's last page. */
export function endOfRun({ address, pages }: { readonly address: number; readonly pages: number }): number {
  return address + pages * PAGE_BYTES;
}

/** Bytes of the whole pages that so many bytes take. */
export function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Of all readers: what is visited is overwritten by what follows. */
const buffer = new Uint8Array(PIECE_PAGES * PAGE_BYTES);

/** The dead kernel's memory by frame. */
export interface FrameReader {
  /** Fills `into` with the contents of consecutive frames of 4 KiB; false where the dump lacks any of them. */
  frames(pfn: number, into: Uint8Array): boolean;
}

export interface SwapReader {
  /** A page of a swap area; false where it cannot be read. */
  swapped(area: number, slot: number, into: Uint8Array): boolean;
}

/** Pages that a plan carries. */
export interface StoredReader {
  /** A page by its index in the plan; false where there is none such. */
  stored(index: number, into: Uint8Array): boolean;
}

/** What runs of a plan may be read from, as far as it is at hand. */
export type PageReader = FrameReader & Partial<SwapReader & StoredReader>;

/** Of a plan, or of one that is being made. */
export function storedReader(pages: readonly StoredPage[]): StoredReader {
  return {
    stored: (index, into) => {
      const page = pages[index];
      if (page !== undefined) into.set(page.contents);
      return page !== undefined;
    },
  };
}

/** Whether a run's contents are in frames of the dead kernel's memory. */
export function inFrames({ source }: PageRun): boolean {
  return source === PAGE_SOURCE.frame || source === PAGE_SOURCE.page_cache;
}

/** Gets a piece of a run, by its address. */
export type PieceVisitor = (address: number, bytes: Uint8Array) => void;

/** Address of the first piece or page that cannot be read, where it ends; null: all was. A run of zeroes has no pieces. */
export function readRun(run: PageRun, memory: PageReader, visit: PieceVisitor = () => {}): number | null {
  if (run.source === PAGE_SOURCE.zero) return null;
  for (let page = 0; page < run.pages; page += PIECE_PAGES) {
    const bytes = buffer.subarray(0, Math.min(PIECE_PAGES, run.pages - page) * PAGE_BYTES);
    const unread = inFrames(run) ? framesOf(run, page, bytes, memory) : pagesOf(run, page, bytes, memory);
    const address = run.address + page * PAGE_BYTES;
    if (unread !== null) return address + unread;
    visit(address, bytes);
  }
  return null;
}

/** CRC-32 of a run's contents; null where any of it cannot be read. */
export function digestOf(run: PageRun, memory: PageReader): number | null {
  let digest = 0;
  const unread = readRun(run, memory, (_, bytes) => {
    digest = crc32(bytes, digest);
  });
  return unread === null ? digest : null;
}

function framesOf({ pfn }: PageRun, page: number, into: Uint8Array, memory: FrameReader): number | null {
  return memory.frames(pfn + page, into) ? null : 0;
}

/** One by one: out of slots, or out of the plan. */
function pagesOf(
  { source, swap, pfn }: PageRun,
  page: number,
  into: Uint8Array,
  memory: PageReader,
): number | null {
  const inPlan = source === PAGE_SOURCE.plan;
  for (let at = 0; at < into.length; at += PAGE_BYTES) {
    const place = pfn + page + at / PAGE_BYTES;
    const part = into.subarray(at, at + PAGE_BYTES);
    const read = inPlan ? memory.stored?.(place, part) : memory.swapped?.(swap, place, part);
    if (!read) return at;
  }
  return null;
}
