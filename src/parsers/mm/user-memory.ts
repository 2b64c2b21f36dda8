// What a process sees at its addresses: through its page tables, and where they say nothing, through the page cache
// of the file that is mapped there, the swap areas that can be read, or zeroes for memory that was never touched.
// Reads never throw a fault: each page is there, or the reader is told why not.

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { textOfBytes } from '../../base/text.js';
import type { Mm, Vma } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { PageTable } from '../paging/page-table.js';
import { copySwapSlot } from './swap-source.js';
import { mappedAt, type UserPage } from './user-page.js';

const PAGE_BYTES = 4096;

/** Pages that could not be read; in the bytes they are zeroes. */
export interface MissingPages {
  readonly address: number;
  readonly page: UserPage;
}

export interface UserBytes {
  readonly bytes: Uint8Array;
  readonly missing: readonly MissingPages[];
}

export class UserMemory {
  constructor(
    readonly kernel: Kernel,
    readonly mm: Mm,
    readonly vmas: readonly Vma[],
  ) {}

  /** The process's page tables, as the kernel's own are walked. */
  get tables(): PageTable {
    return new PageTable(this.kernel.mem.physical, this.mm.pgd as Phys, this.kernel.location.pagingLevels);
  }

  /** The VMA that an address lies in. */
  vmaAt(address: number): Vma | undefined {
    let low = 0;
    let high = this.vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.vmas[middle] as Vma).end > address) high = middle;
      else low = middle + 1;
    }
    const found = this.vmas[low];
    return found !== undefined && found.start <= address ? found : undefined;
  }

  /** What stands behind an address. */
  page(address: number): UserPage {
    const vma = this.vmaAt(address);
    if (vma === undefined) return { kind: 'absent', why: 'not mapped' };
    const read = () => mappedAt(this.kernel, this.mm, vma, address - (address % PAGE_BYTES));
    return this.kernel.faults.guard(`user 0x${address.toString(16)}`, read, { kind: 'absent', why: 'fault' });
  }

  /** Copies memory, without throwing a fault: pages that are not there are zeroes in it, and listed. */
  peek(address: number, length: number): UserBytes {
    const bytes = new Uint8Array(length);
    const missing: MissingPages[] = [];
    for (let done = 0; done < length; ) {
      const at = address + done;
      const within = at % PAGE_BYTES;
      const part = Math.min(length - done, PAGE_BYTES - within);
      const page = this.page(at);
      if (!this.copy(page, within, bytes, done, part)) missing.push({ address: at - within, page });
      done += part;
    }
    return { bytes, missing };
  }

  /** As `peek`, up to the first page that is not there. */
  readUpTo(address: number, length: number): Uint8Array {
    const { bytes, missing } = this.peek(address, length);
    const first = missing[0];
    return first === undefined ? bytes : bytes.subarray(0, Math.max(0, first.address - address));
  }

  /** Copies memory; throws a fault where a page of it is not there. */
  read(address: number, length: number): Uint8Array {
    const { bytes, missing } = this.peek(address, length);
    const first = missing[0];
    if (first === undefined) return bytes;
    if (first.page.kind === 'swapped')
      throw new Fault('swapped', 'the page is on swap', 'user', first.address);
    const why = first.page.kind === 'absent' ? first.page.why : first.page.kind;
    throw new Fault('not-mapped', `the page is not in memory (${why})`, 'user', first.address);
  }

  /** A string up to its NUL, at most `max` bytes, or as far as it can be read. */
  cstr(address: number, max = PAGE_BYTES): string {
    const bytes = this.readUpTo(address, max);
    const nul = bytes.indexOf(0);
    return textOfBytes(nul < 0 ? bytes : bytes.subarray(0, nul));
  }

  /** Copies the page at `address`; false where it is not there. */
  copyPage(address: number, into: Uint8Array): boolean {
    into.fill(0);
    return this.copy(this.page(address), 0, into, 0, PAGE_BYTES);
  }

  private copy(page: UserPage, within: number, into: Uint8Array, offset: number, length: number): boolean {
    if (page.kind === 'zero') return true;
    if (page.kind === 'swapped') {
      const whole = new Uint8Array(PAGE_BYTES);
      if (!copySwapSlot(this.kernel, page, whole)) return false;
      into.set(whole.subarray(within, within + length), offset);
      return true;
    }
    if (page.kind !== 'frame') return false;
    const copy = () => {
      this.kernel.mem.physical.copy(page.phys + within, into, offset, length);
      return true;
    };
    return this.kernel.faults.guard('user page', copy, false);
  }
}
