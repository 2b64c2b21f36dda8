// One x86-64 page-table entry of a user space, as two 32-bit words (arch/x86/include/asm/pgtable_types.h,
// pgtable_64.h). A decoder keeps the last entry's meaning in its fields: page walks decode millions, and allocate
// nothing for it.

import { PAGE } from '../../snapshot/mm.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';
import { SWAP_KIND, type SwapTypes } from './swap-types.js';

/** Bits of the low word that a walk asks for itself. */
export const PTE = {
  present: 0x1,
  /** In an entry of a directory: a page, and no table. */
  large: 0x80,
  /** No struct page stands behind it. */
  special: 0x200,
} as const;
const WRITE = 0x2;
const ACCESSED = 0x20;
const DIRTY = 0x40;
/** _PAGE_PROTNONE: the hardware's global bit, in an entry that is not present. */
const PROTNONE = 0x100;
const UFFD_WP = 0x400;
const SOFT_DIRTY = 0x800;
/** Knights Landing may set these two in an entry that is clear. */
const ERRATUM = DIRTY | ACCESSED;
/** Swap entries keep these flags low: _PAGE_SWP_SOFT_DIRTY, _UFFD_WP, _EXCLUSIVE. */
const SWAP_SOFT_DIRTY = 0x2;
const SWAP_UFFD_WP = 0x4;
const SWAP_EXCLUSIVE = 0x8;

const FRAME_HIGH = 0x000f_ffff;
const FRAME_WORD = 2 ** 20;
const OFFSET_HIGH = 0x07ff_ffff;
const OFFSET_WORD = 2 ** 23;
/** A marker's offset is bits of its own; PTE_MARKER_UFFD_WP. */
const MARKER_UFFD_WP = 1;

/** Bits of the high word that mean dirty. */
export const savedDirty: Trait<number> = {
  name: 'saved dirty bit',
  eras: [
    {
      name: 'bit 58',
      since: '6.6',
      commit: 'fca4d413c5f7',
      evidence: 'symbol pte_mkwrite',
      probe: hasSymbol('pte_mkwrite'),
      reader: 1 << (58 - 32),
    },
    {
      name: 'none',
      since: '2.6',
      commit: null,
      evidence: 'no symbol pte_mkwrite',
      probe: () => true,
      reader: 0,
    },
  ],
};

/** Frame number of a present entry: of a page, or of a table. */
export function frameOf(low: number, high: number): number {
  return (high & FRAME_HIGH) * FRAME_WORD + (low >>> 12);
}

export class PteDecoder {
  /** Frame number of a page; offset on the device of a swap entry; bits of a marker. */
  pfn = 0;
  /** Bits of `PAGE`; 0 for an empty entry. */
  flags = 0;
  /** Type field of an entry in swap format. */
  swapType = 0;
  /** _PAGE_SPECIAL: no struct page stands behind it. */
  special = false;

  constructor(
    private readonly types: SwapTypes,
    private readonly dirtyHigh: number,
  ) {}

  decode(low: number, high: number): void {
    this.swapType = 0;
    this.special = false;
    if (low & PTE.present) {
      this.pfn = frameOf(low, high);
      this.flags = PAGE.present | this.bits(low, high);
    } else if (low & (PROTNONE | PTE.large)) {
      // The frame is stored inverted, so that no speculation can use it (L1TF).
      this.pfn = frameOf(~low, ~high);
      this.flags = PAGE.present | PAGE.protNone | this.bits(low, high);
    } else if ((low & ~ERRATUM) === 0 && high === 0) {
      this.flags = 0;
    } else {
      this.swap(low, high);
    }
  }

  private bits(low: number, high: number): number {
    this.special = (low & PTE.special) !== 0;
    return (
      (low & WRITE ? PAGE.writable : 0) |
      (low & ACCESSED ? PAGE.accessed : 0) |
      (low & DIRTY || high & this.dirtyHigh ? PAGE.dirty : 0) |
      (low & SOFT_DIRTY ? PAGE.softDirty : 0) |
      (low & UFFD_WP ? PAGE.uffdWp : 0)
    );
  }

  /** `| type 5 | inverted offset 50 | 0 | … flags |` since 4.18. */
  private swap(low: number, high: number): void {
    const type = high >>> 27;
    const offset = (~high & OFFSET_HIGH) * OFFSET_WORD + (~low >>> 9);
    const kind = this.types.kinds[type] as number;
    this.swapType = type;
    const marks =
      (low & SWAP_SOFT_DIRTY ? PAGE.softDirty : 0) |
      (low & SWAP_UFFD_WP ? PAGE.uffdWp : 0) |
      (low & SWAP_EXCLUSIVE ? PAGE.exclusive : 0);
    if (kind === SWAP_KIND.swap) {
      this.pfn = offset;
      this.flags = PAGE.swap | marks;
    } else if (kind === SWAP_KIND.marker) {
      this.pfn = offset;
      this.flags = PAGE.marker | (offset & MARKER_UFFD_WP ? PAGE.uffdWp : 0);
    } else {
      this.pfn = offset % this.types.frameLimit;
      this.flags = this.moving(kind) | marks;
    }
  }

  private moving(kind: number): number {
    if (kind === SWAP_KIND.migrationRead) return PAGE.migration;
    if (kind === SWAP_KIND.migrationExclusive) return PAGE.migration | PAGE.exclusive;
    if (kind === SWAP_KIND.migrationWrite) return PAGE.migration | PAGE.writable;
    return PAGE.marker;
  }
}
