// The bytes of a mapped file, out of the page cache: as much as the kernel still had of it.

import { type Kva, NULL } from '../../../base/address.js';
import { pageCachePage } from '../../fs/page-cache.js';
import type { Kernel } from '../../kernel/kernel.js';
import { pfnOfPage } from '../../mm/struct-page.js';

const PAGE = 4096;

export class CachedFile {
  /** Physical address of each page asked for; undefined for those that are not there. */
  private readonly pages = new Map<number, number | undefined>();

  constructor(
    private readonly kernel: Kernel,
    private readonly mapping: Kva,
  ) {}

  /** Copies a part of the file; undefined where any page of it is not in memory. */
  read(offset: number, length: number): Uint8Array | undefined {
    const bytes = this.peek(offset, length);
    for (let page = Math.floor(offset / PAGE); page * PAGE < offset + length; page++) {
      if (this.page(page) === undefined) return undefined;
    }
    return bytes;
  }

  /** As `read`; pages that are not in memory are zeroes. */
  peek(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const part = Math.min(length - done, PAGE - (at % PAGE));
      const phys = this.page(Math.floor(at / PAGE));
      if (phys !== undefined) this.copy(phys + (at % PAGE), bytes, done, part);
      done += part;
    }
    return bytes;
  }

  private copy(phys: number, into: Uint8Array, at: number, length: number): void {
    const { mem, faults } = this.kernel;
    faults.guard('page of a file', () => mem.physical.copy(phys, into, at, length), undefined);
  }

  private page(index: number): number | undefined {
    if (!this.pages.has(index)) this.pages.set(index, this.find(index));
    return this.pages.get(index);
  }

  private find(index: number): number | undefined {
    if (this.mapping === NULL) return undefined;
    const read = () => {
      const found = pageCachePage(this.kernel, this.mapping, index);
      return found.kind === 'page' ? pfnOfPage(this.kernel, found.page) * PAGE : undefined;
    };
    return this.kernel.faults.guard('page cache', read, undefined);
  }
}
