// Writes what memory has of a file to another: sparse where nothing is known or zeroes are, never half of it.
import { writeAtomically } from '../base/atomic-file.js';
import type { FileContents } from '../parsers/pagecache/contents.js';
import type { CachedRun } from '../snapshot/pagecache.js';

const PAGE_BYTES = 4096;

/** Returns the pages that are not there; the file has zeroes in their place. */
export function extract(contents: FileContents, path: string): CachedRun[] {
  writeAtomically(path, (file) => {
    file.resize(contents.size);
    for (const { index, bytes } of contents.present()) file.writeAt(bytes, index * PAGE_BYTES);
  });
  return contents.runs().filter(({ kind }) => kind === 'swapped' || kind === 'absent');
}
