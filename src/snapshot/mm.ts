// An address space as plain data: struct mm_struct, struct vm_area_struct, and its pages.

import type { Hex } from '../base/address.js';

export interface Mm {
  readonly address: Hex;
  /** Physical address of the top page table. */
  readonly pgd: number;
  readonly users: number;
  readonly startCode: number;
  readonly endCode: number;
  readonly startData: number;
  readonly endData: number;
  readonly startBrk: number;
  readonly brk: number;
  readonly startStack: number;
  readonly argStart: number;
  readonly argEnd: number;
  readonly envStart: number;
  readonly envEnd: number;
  readonly mmapBase: number;
  readonly taskSize: number;
  /** Pages. */
  readonly totalVm: number;
  readonly lockedVm: number;
  readonly pinnedVm: number;
  readonly dataVm: number;
  readonly execVm: number;
  readonly stackVm: number;
  /** Bytes of page tables below the top one. */
  readonly tableBytes: number;
  readonly mapCount: number;
  /**
   * Page counts by the kernel's own counters (mm_struct.rss_stat), each CPU's share summed. Until 6.1 tasks held some
   * back: `cachedRss` of the tasks is to be added. A count alone may be negative; /proc shows 0 then.
   */
  readonly rss: RssCounters;
  readonly defFlags: Hex;
  readonly flags: Hex;
  /** Address of the vDSO, 0 where there is none. */
  readonly vdso: number;
  /** GNU build id of the vDSO's image: where its functions are. Null where it has none, or could not be read. */
  readonly vdsoBuild: string | null;
}

export interface RssCounters {
  readonly file: number;
  readonly anon: number;
  readonly swap: number;
  readonly shmem: number;
}

export interface Vma {
  readonly address: Hex;
  /** User addresses, bytes; [start, end). */
  readonly start: number;
  readonly end: number;
  /** vm_flags. */
  readonly flags: Hex;
  /** Two-letter codes as in the VmFlags line of /proc/PID/smaps. */
  readonly vmFlags: readonly string[];
  /** `rwxp` as /proc/PID/maps prints it. */
  readonly perms: string;
  /** Bytes into the file (or, for anonymous memory, what maps prints: 0). */
  readonly offset: number;
  readonly devMajor: number;
  readonly devMinor: number;
  readonly inode: number;
  /** The last column of /proc/PID/maps, unescaped: path, `[heap]`, `[stack]`, `[vdso]`, `[anon:name]`, ''. */
  readonly name: string;
  /** struct file that backs it, null for anonymous memory. */
  readonly file: Hex | null;
  /** Without vm_ops: memory that is nothing else, and reads as zeroes until it is written. */
  readonly anonymous: boolean;
  /** True where there is an anon_vma: pages may be private copies. */
  readonly anonVma: boolean;
}

/** What a page-table entry says of one user page, by the bits of `PageRun.flags`. */
export const PAGE = {
  present: 1,
  swap: 2,
  /** Migration entry: being moved, its frame is in `pfn`. */
  migration: 4,
  /** The shared zero page, 4 KiB or huge. */
  zero: 8,
  /** Mapped by a PMD or PUD leaf of a transparent huge page. */
  thp: 16,
  hugetlb: 32,
  dirty: 64,
  accessed: 128,
  writable: 256,
  softDirty: 512,
  /** Backed by the page cache (or shmem): page->mapping is an address_space; else anonymous. */
  file: 1024,
  /** PFN outside the kernel's memory map (vDSO data, device memory). */
  special: 2048,
  /** Write-protected by userfaultfd. */
  uffdWp: 4096,
  /** Present in hardware terms only for the kernel: PROT_NONE / NUMA hint entry. */
  protNone: 8192,
  /** Swap-format entry that is neither swap nor migration: hwpoison, device private, guard/marker. */
  marker: 16384,
  /** Swap or migration entry of a page that no other process has (5.19). */
  exclusive: 32768,
} as const;

/** Consecutive pages with the same flags and consecutive frames (or swap offsets). */
export interface PageRun {
  /** User address of the first page. */
  readonly address: number;
  readonly pages: number;
  /** First page frame number; of a swap entry, its offset on the device. Zero pages and markers do not count up. */
  readonly pfn: number;
  readonly flags: number;
  /** Type field of an entry in swap format (of a swapped page: the number of the device), else 0. */
  readonly swapType: number;
}

export interface PageTotals {
  /** In 4 KiB pages. */
  readonly present: number;
  readonly anon: number;
  readonly file: number;
  readonly shmem: number;
  readonly swap: number;
  readonly zero: number;
  readonly thp: number;
  readonly hugetlb: number;
  readonly dirty: number;
  readonly special: number;
  /** Page-table pages read. */
  readonly tables: number;
}
