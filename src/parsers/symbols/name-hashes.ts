// A hash of every kallsyms name, for kernels without kallsyms_seqs_of_names. The hash is a polynomial, so a compressed
// byte's whole token is taken in one step and no name is ever expanded: some 120,000 names take a few milliseconds.

import { entryBytes, type KallsymsShape } from './kallsyms-shape.js';
import type { Stretch } from './stretch.js';

const FACTOR = 0x0100_0193;

export class NameHashes {
  private readonly hashes: Int32Array;
  /** Open addressing: symbol number + 1 at a slot, 0 where it is free. */
  private readonly slots: Int32Array;
  private readonly mask: number;

  constructor(stretch: Stretch, shape: KallsymsShape) {
    this.hashes = hashAll(stretch, shape);
    this.mask = 2 ** Math.ceil(Math.log2(shape.count * 2)) - 1;
    this.slots = new Int32Array(this.mask + 1);
    for (let i = 0; i < shape.count; i++) {
      let slot = this.slotOf(this.hashes[i] as number);
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = i + 1;
    }
  }

  /** Numbers of the symbols whose names have the hash of `name`, lowest first. */
  *candidates(name: string): Generator<number> {
    const wanted = hashOf(name);
    for (let slot = this.slotOf(wanted); this.slots[slot] !== 0; slot = (slot + 1) & this.mask) {
      const index = (this.slots[slot] as number) - 1;
      if (this.hashes[index] === wanted) yield index;
    }
  }

  /** The polynomial's low bits depend on the last characters only; mix the high ones in. */
  private slotOf(hash: number): number {
    return (Math.imul(hash, 0x9e37_79b1) >>> 8) & this.mask;
  }
}

function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, FACTOR) + name.charCodeAt(i)) | 0;
  return hash;
}

/** Hash and factor of each token, once whole and once without its first character (an entry's type letter). */
function hashAll({ data, view }: Stretch, shape: KallsymsShape): Int32Array {
  const whole = tokenHashes(data, view, shape, 0);
  const untyped = tokenHashes(data, view, shape, 1);
  const out = new Int32Array(shape.count);
  let at = shape.names;
  for (let i = 0; i < out.length; i++) {
    const end = at + entryBytes(data, at);
    let p = at + ((data[at] as number) < 0x80 ? 1 : 2);
    let hash = untyped.hash[data[p++] as number] as number;
    for (; p < end; p++) {
      const token = data[p] as number;
      hash = (Math.imul(hash, whole.factor[token] as number) + (whole.hash[token] as number)) | 0;
    }
    out[i] = hash;
    at = end;
  }
  return out;
}

function tokenHashes(
  data: Uint8Array,
  view: DataView,
  { tokenTable, tokenIndex }: KallsymsShape,
  skip: number,
) {
  const hash = new Int32Array(256);
  const factor = new Int32Array(256).fill(1);
  for (let token = 0; token < 256; token++) {
    const start = tokenTable + view.getUint16(tokenIndex + token * 2, true) + skip;
    for (let p = start; data[p] !== 0 && p < data.length; p++) {
      hash[token] = (Math.imul(hash[token] as number, FACTOR) + (data[p] as number)) | 0;
      factor[token] = Math.imul(factor[token] as number, FACTOR);
    }
  }
  return { hash, factor };
}
