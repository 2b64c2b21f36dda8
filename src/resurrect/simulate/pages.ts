// Page runs read as the executor would read them, in chunks, with their digests.

import { crc32 } from 'node:zlib';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';
import { E, KernelError, must } from './kernel-error.js';
import type { MemorySource } from './memory-source.js';

const PAGE_BYTES = 4096;
const CHUNK_PAGES = 256;
const buffer = new Uint8Array(CHUNK_PAGES * PAGE_BYTES);

/** Gets bytes at an address; they are overwritten by those that follow. Pages of zeroes are passed over. */
export type PageVisitor = (address: number, bytes: Uint8Array) => void;

/** Fails where runs reach over the end of what has that many bytes. */
export function mustFit(runs: readonly PageRun[], bytes: number): void {
  const end = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  for (const [index, { address, pages }] of runs.entries()) {
    must(address + pages * PAGE_BYTES <= end, E.INVAL, index, address);
  }
}

/** Throws KernelError: EIO where contents are missing, EILSEQ where they are not as the digest says. */
export function readRuns(
  runs: readonly PageRun[],
  memory: MemorySource,
  visit: PageVisitor = () => {},
): void {
  for (const [index, run] of runs.entries()) readRun(run, index, memory, visit);
}

function readRun(run: PageRun, index: number, memory: MemorySource, visit: PageVisitor): void {
  if (run.source === PAGE_SOURCE.zero) return;
  const digested = (run.flags & PAGE_FLAG.digest) !== 0;
  let digest = 0;
  for (let page = 0; page < run.pages; page += CHUNK_PAGES) {
    const pages = Math.min(CHUNK_PAGES, run.pages - page);
    const bytes = contents(run, page, pages, index, memory);
    if (digested) digest = crc32(bytes, digest);
    visit(run.address + page * PAGE_BYTES, bytes);
  }
  if (digested && digest !== run.digest) throw new KernelError(E.ILSEQ, index, run.address);
}

function contents(
  run: PageRun,
  page: number,
  pages: number,
  index: number,
  memory: MemorySource,
): Uint8Array {
  const { source, pfn, swap, address } = run;
  const bytes = buffer.subarray(0, pages * PAGE_BYTES);
  if (source === PAGE_SOURCE.swap) {
    for (let at = 0; at < pages; at++) {
      const into = bytes.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES);
      if (!memory.swapped(swap, pfn + page + at, into)) {
        throw new KernelError(E.IO, index, address + (page + at) * PAGE_BYTES);
      }
    }
  } else if (!memory.frames(pfn + page, bytes)) {
    throw new KernelError(E.IO, index, address + page * PAGE_BYTES);
  }
  return bytes;
}
