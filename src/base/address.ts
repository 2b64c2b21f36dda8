// Addresses as JavaScript numbers, without losing a bit.
//
// A 64-bit kernel address does not fit a double, and bigint is too slow for page-table and list walks. Two facts
// make numbers enough: physical addresses are below 2^52, and a kernel address is close to 2^64, so that its signed
// value (the last byte of memory is -1) is small. With 4-level paging the kernel's half is [-2^47, 0). With 5-level
// paging it is [-2^56, 0), too wide for a double; `AddressFold` moves the regions in use there into unused space.

declare const brand: unique symbol;

/** Kernel virtual address in folded signed form; 0 is NULL. Never print it: `KernelMemory.hex` does. */
export type Kva = number & { readonly [brand]: 'Kva' };
/** Physical address in bytes, < 2^52. */
export type Phys = number & { readonly [brand]: 'Phys' };

/** An address as text, `0x` and lower-case hex digits. Kernel addresses appear so in snapshots and JSON. */
export type Hex = `0x${string}`;

export const NULL = 0 as Kva;
const WORD = 0x1_0000_0000;
/** High words from here up stand for signed values that a double holds exactly. */
const EXACT_HIGH = 0xfff8_0000;
/** User addresses and small integers: exact as they are. */
const EXACT_LOW = 0x0020_0000;

interface Region {
  readonly low: number;
  readonly high: number;
  readonly slot: number;
}

const SLOT_BYTES = 2 ** 50;
/** Bytes of a region, from its base on, that can be told. */
export const FOLD_BYTES = 2n ** 50n;
/** What a double holds exactly and no address of the 5-level map is by itself (x86/x86_64/mm.rst): four slots. */
const FIRST_SLOT = -(2 ** 53);
const SLOTS = 4;

/** Translates between 64-bit words and `Kva`. The fold is set once, when the kernel's region bases are known. */
export class AddressFold {
  private regions: Region[] = [];

  /** Declares a region (direct map, vmalloc, vmemmap) by its 64-bit base; 4-level bases need no fold. */
  add(base: bigint): void {
    const unsigned = BigInt.asUintN(64, base);
    const high = Number(unsigned >> 32n);
    if (high >= EXACT_HIGH || high < EXACT_LOW) return;
    if (this.regions.length === SLOTS) throw new Error('no slot left for a region of kernel addresses');
    const slot = FIRST_SLOT + this.regions.length * SLOT_BYTES;
    this.regions.push({ low: Number(unsigned & 0xffff_ffffn), high, slot });
  }

  /** The address made of two little-endian 32-bit words; NaN when it can be no kernel or user address. */
  fromWords(low: number, high: number): Kva {
    if (high >= EXACT_HIGH) return ((high - WORD) * WORD + low) as Kva;
    if (high < EXACT_LOW) return (high * WORD + low) as Kva;
    for (const region of this.regions) {
      const offset = (high - region.high) * WORD + (low - region.low);
      if (offset >= 0 && offset < SLOT_BYTES) return (region.slot + offset) as Kva;
    }
    return Number.NaN as Kva;
  }

  fromBig(address: bigint): Kva {
    const unsigned = BigInt.asUintN(64, address);
    return this.fromWords(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  }

  /** The address that `hex` made the text of. */
  fromHex(text: Hex): Kva {
    if (text.length <= 10) return this.fromWords(Number.parseInt(text, 16), 0);
    return this.fromWords(Number.parseInt(text.slice(-8), 16), Number.parseInt(text.slice(2, -8), 16));
  }

  /** The real 64-bit address, unsigned. */
  toBig(address: Kva): bigint {
    for (const region of this.regions) {
      const offset = address - region.slot;
      if (offset >= 0 && offset < SLOT_BYTES) {
        return (BigInt(region.high) << 32n) + BigInt(region.low) + BigInt(offset);
      }
    }
    return BigInt.asUintN(64, BigInt(address));
  }

  hex(address: Kva): Hex {
    if (this.regions.length > 0 && address < FIRST_SLOT + SLOTS * SLOT_BYTES) {
      return `0x${this.toBig(address).toString(16)}`;
    }
    const high = Math.floor(address / WORD);
    return `0x${hexPair(high >>> 0, address - high * WORD)}`;
  }
}

/** The digits of a 64-bit number by its two words, unsigned, with no zeroes before them. */
export function hexPair(high: number, low: number): string {
  if (high === 0) return low.toString(16);
  return (high < 0x1000_0000 ? hexShort(high) : hex8(high)) + hex8(low);
}

function hexShort(word: number): string {
  return word >= 0x1000 && word <= 0xffff ? hex4(word) : word.toString(16);
}

/** The eight digits of an unsigned 32-bit word. */
export function hex8(word: number): string {
  return hex4(word >>> 16) + hex4(word & 0xffff);
}

/**
 * Halves of words by their upper and lower byte, as they are met: addresses share most of theirs, and V8 takes its time for
 * other bases than ten.
 */
const HALVES: (string[] | undefined)[] = new Array(0x100);

function hex4(half: number): string {
  const row = (HALVES[half >>> 8] ??= new Array<string>(0x100));
  return (row[half & 0xff] ??= half.toString(16).padStart(4, '0'));
}

/** `0x…` of a number (physical or user address). */
export function hex(value: number | bigint): Hex {
  return `0x${value.toString(16)}`;
}
