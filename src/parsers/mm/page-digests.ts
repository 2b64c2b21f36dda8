// The contents of a process's pages, one by one: for digests that two snapshots, or a guest's own account, can be
// compared by.

import { createHash } from 'node:crypto';
import { PAGE } from '../../snapshot/mm.js';
import { walkPages } from './page-walk.js';
import type { UserMemory } from './user-memory.js';

const PAGE_BYTES = 4096;
const IN_MEMORY = PAGE.present | PAGE.migration | PAGE.swap;

export interface PageBytes {
  readonly address: number;
  /** Valid until the next page is asked for. */
  readonly bytes: Uint8Array;
}

export interface PageDigest {
  readonly address: number;
  /** MD5, hex. It identifies; it does not protect. */
  readonly md5: string;
}

/**
 * Every page that the page tables hold and memory has, in order of address; those on swap only are left out, and so
 * are special ones (vvar, devices).
 */
export function* userPages(memory: UserMemory): Generator<PageBytes> {
  const bytes = new Uint8Array(PAGE_BYTES);
  for (const run of walkPages(memory.kernel, memory.mm, memory.vmas).runs) {
    if (!(run.flags & IN_MEMORY) || run.flags & PAGE.special) continue;
    for (let i = 0; i < run.pages; i++) {
      const address = run.address + i * PAGE_BYTES;
      if (memory.copyPage(address, bytes)) yield { address, bytes };
    }
  }
}

export function* digestPages(memory: UserMemory): Generator<PageDigest> {
  for (const { address, bytes } of userPages(memory)) {
    yield { address, md5: createHash('md5').update(bytes).digest('hex') };
  }
}
