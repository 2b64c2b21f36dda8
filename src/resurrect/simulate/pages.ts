// Page runs as the executor would take them: read whole, and held to their digests.

import { crc32 } from 'node:zlib';
import { endOfRun, type PageReader, type PieceVisitor, readRun, wholePages } from '../abi/page-run.js';
import { PAGE_FLAG, type PageRun } from '../abi/records/memory.js';
import { E, KernelError, must } from './kernel-error.js';

/** Fails where runs reach over the end of what has that many bytes. */
export function mustFit(runs: readonly PageRun[], bytes: number): void {
  const end = wholePages(bytes);
  for (const [index, run] of runs.entries()) {
    must(endOfRun(run) <= end, E.INVAL, index, run.address);
  }
}

/** Throws KernelError: EIO where contents are missing, EILSEQ where they are not as the digest says. */
export function readRuns(runs: readonly PageRun[], memory: PageReader, visit: PieceVisitor = () => {}): void {
  for (const [index, run] of runs.entries()) {
    const digested = (run.flags & PAGE_FLAG.digest) !== 0;
    let digest = 0;
    const unread = readRun(run, memory, (address, bytes) => {
      if (digested) digest = crc32(bytes, digest);
      visit(address, bytes);
    });
    if (unread !== null) throw new KernelError(E.IO, index, unread);
    if (digested && digest !== run.digest) throw new KernelError(E.ILSEQ, index, run.address);
  }
}
