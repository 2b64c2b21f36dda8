// Finds every place of a byte pattern in memory that comes in pieces, in order of address; also where it lies across two
// pieces that adjoin.

export class PatternScan {
  private readonly pattern: Buffer;
  /** The last bytes of what came before, one fewer than the pattern has. */
  private tail = Buffer.alloc(0);
  private end = Number.NaN;

  constructor(pattern: Uint8Array) {
    if (pattern.length === 0) throw new RangeError('an empty pattern is everywhere');
    this.pattern = Buffer.from(pattern);
  }

  /** Addresses of the places that end in this piece; `bytes` may be used again afterwards. */
  *feed(address: number, bytes: Uint8Array): Generator<number> {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const keep = this.pattern.length - 1;
    const before = this.end === address ? this.tail : Buffer.alloc(0);
    const seam = Buffer.concat([before, piece.subarray(0, keep)]);
    yield* this.places(seam, address - before.length, before.length);
    yield* this.places(piece, address, piece.length);
    const last = Buffer.concat([before, piece.subarray(-keep || piece.length)]);
    this.tail = Buffer.from(last.subarray(Math.max(0, last.length - keep)));
    this.end = address + bytes.length;
  }

  /** Places that begin before `limit`. */
  private *places(bytes: Buffer, address: number, limit: number): Generator<number> {
    for (
      let at = bytes.indexOf(this.pattern);
      at >= 0 && at < limit;
      at = bytes.indexOf(this.pattern, at + 1)
    ) {
      yield address + at;
    }
  }
}
