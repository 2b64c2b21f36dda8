// Holes of a sparse file, by lseek(SEEK_DATA) and lseek(SEEK_HOLE). Node has no lseek; fs-ext has, where it is installed.
//
// Seeking moves the descriptor's position, which nobody uses: all reads are preads.

import { createRequire } from 'node:module';
import type { ByteRange } from './byte-source.js';

type Seek = (fd: number, offset: number, whence: number) => number;

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

let seek: Seek | null | undefined;

/** Undefined where the platform or the installation has no such call. */
function seeker(): Seek | null {
  if (seek !== undefined) return seek;
  try {
    const loaded = createRequire(import.meta.url)('fs-ext') as { seekSync: Seek };
    seek = process.platform === 'linux' ? loaded.seekSync : null;
  } catch {
    seek = null;
  }
  return seek;
}

/** Parts of [start, end) that are not holes; all of it where holes cannot be found. */
export function* dataRanges(fd: number, start: number, end: number): Generator<ByteRange> {
  const seek = seeker();
  let at = start;
  while (at < end) {
    const data = seek === null ? at : sought(seek, fd, at, SEEK_DATA, end);
    if (data >= end) return;
    const hole = seek === null ? end : sought(seek, fd, data, SEEK_HOLE, end);
    const stop = Math.min(Math.max(hole, data + 1), end);
    yield { start: data, end: stop };
    at = stop;
  }
}

/** ENXIO: no data behind `offset`. Any other failure (a file system without holes): treat all as data. */
function sought(seek: Seek, fd: number, offset: number, whence: number, end: number): number {
  try {
    return seek(fd, offset, whence);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return end;
    return whence === SEEK_DATA ? offset : end;
  }
}
