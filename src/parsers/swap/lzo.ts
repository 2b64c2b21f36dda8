// LZO1X streams, versions 0 (lzo) and 1 (lzo-rle, which has runs of zeroes), written from the format's description in
// the kernel's Documentation/staging/lzo.rst.
//
// A stream is instructions, each of which copies bytes from what was written before and then up to three literals, or
// copies literals only. What the lowest instructions mean depends on how many literals the one before copied: `state`.

/** After a copy of literals only, whatever its length. */
const LONG_LITERALS = 4;
const VERSIONED_BYTES = 5;
const VERSION_MARK = 17;
const RLE_MIN = 4;

class Damaged extends Error {}

/** Decodes `packed` into `output`; how many bytes that gave, or -1 where the stream is damaged or `output` too small. */
export function decodeLzo(packed: Uint8Array, output: Uint8Array): number {
  try {
    return new LzoStream(packed, output).decode();
  } catch (error) {
    if (error instanceof Damaged) return -1;
    throw error;
  }
}

class LzoStream {
  private at = 0;
  private written = 0;
  private state = 0;
  private version = 0;

  constructor(
    private readonly packed: Uint8Array,
    private readonly output: Uint8Array,
  ) {}

  decode(): number {
    this.start();
    while (this.step(this.byte()));
    if (this.at !== this.packed.length) throw new Damaged();
    return this.written;
  }

  /** The first byte is encoded in another way than all others: there is nothing yet to copy from. */
  private start(): void {
    const { packed } = this;
    if (packed.length >= VERSIONED_BYTES && packed[0] === VERSION_MARK) {
      this.version = packed[1] as number;
      this.at = 2;
    }
    const first = packed[this.at] ?? 0;
    if (first <= VERSION_MARK) return;
    this.at++;
    const count = first - VERSION_MARK;
    this.literals(count);
    this.state = Math.min(count, LONG_LITERALS);
  }

  /** One instruction; false where it ends the stream. */
  private step(code: number): boolean {
    if (code >= 64) this.near(code);
    else if (code >= 32) this.middle(code);
    else if (code >= 16) return this.far(code);
    else if (this.state === 0) this.longLiterals(code);
    else this.short(code);
    return true;
  }

  /** 0000LLLL after an instruction without literals. */
  private longLiterals(code: number): void {
    this.literals(3 + (code || this.length(15)));
    this.state = LONG_LITERALS;
  }

  /** 0000DDSS after one with literals. */
  private short(code: number): void {
    const distance = this.byte() * 4 + (code >> 2);
    if (this.state === LONG_LITERALS) this.copy(distance + 2049, 3);
    else this.copy(distance + 1, 2);
    this.after(code);
  }

  /** 01LDDDSS and 1LLDDDSS: 3 to 8 bytes from within 2 KiB. */
  private near(code: number): void {
    this.copy(this.byte() * 8 + ((code >> 2) & 7) + 1, (code >> 5) + 1);
    this.after(code);
  }

  /** 001LLLLL: from within 16 KiB. */
  private middle(code: number): void {
    const length = 2 + (code & 31 || this.length(31));
    const word = this.word();
    this.copy((word >> 2) + 1, length);
    this.after(word);
  }

  /** 0001HLLL: from 16 to 48 KiB back; the end of the stream; or a run of zeroes. */
  private far(code: number): boolean {
    if (this.isZeroRun(code)) {
      const word = this.word();
      this.zeroes(this.byte() * 8 + (code & 7) + RLE_MIN);
      this.after(word);
      return true;
    }
    const length = 2 + (code & 7 || this.length(7));
    const word = this.word();
    const distance = 16384 + ((code & 8) << 11) + (word >> 2);
    if (distance === 16384) return false;
    this.copy(distance, length);
    this.after(word);
    return true;
  }

  /** Distance 0xbfff, which no copy of version 1 has. */
  private isZeroRun(code: number): boolean {
    const { packed, at, version } = this;
    if (version === 0 || (code & 8) === 0) return false;
    return ((packed[at] ?? 0) & 0xfc) === 0xfc && packed[at + 1] === 0xff;
  }

  /** The two low bits of an instruction's last word: literals that follow. */
  private after(word: number): void {
    this.state = word & 3;
    this.literals(this.state);
  }

  /** What a length of which all bits were zero goes on with: 255 for each zero byte, and then another. */
  private length(base: number): number {
    let length = base;
    for (;;) {
      const byte = this.byte();
      if (byte !== 0) return length + byte;
      length += 255;
    }
  }

  private byte(): number {
    const byte = this.packed[this.at++];
    if (byte === undefined) throw new Damaged();
    return byte;
  }

  private word(): number {
    return this.byte() + this.byte() * 256;
  }

  private literals(count: number): void {
    const { packed, at } = this;
    if (at + count > packed.length) throw new Damaged();
    this.room(count);
    this.output.set(packed.subarray(at, at + count), this.written);
    this.at += count;
    this.written += count;
  }

  /** The source may reach into what is being written. */
  private copy(distance: number, count: number): void {
    const { output } = this;
    if (distance > this.written) throw new Damaged();
    this.room(count);
    for (let i = 0; i < count; i++, this.written++)
      output[this.written] = output[this.written - distance] as number;
  }

  private zeroes(count: number): void {
    this.room(count);
    this.output.fill(0, this.written, this.written + count);
    this.written += count;
  }

  private room(count: number): void {
    if (this.written + count > this.output.length) throw new Damaged();
  }
}
