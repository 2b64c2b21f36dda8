// Reads records out of a plan, or another file of the same format, for the generated code in records/.
// Everything is checked while it is read: values, references, and that what has no fixed size (children, strings, data)
// stands in canonical order without gaps. So there is one file for each plan, and nothing hides in a file.
import { LITTLE_ENDIAN } from '../../base/endian.js';
import { textOfBytes } from '../../base/text.js';
import { align8 } from './align.js';
import { PlanFormatError, REBUILD } from './error.js';

/** A section as it lies in the file. */
export interface SectionSpan {
  readonly section: number;
  /** Name of its records, for messages. */
  readonly name: string;
  readonly recordBytes: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly count: number;
}

/** Where strings and data are, and the rest by section number. */
export interface Spans {
  readonly strings: SectionSpan;
  readonly data: SectionSpan;
  readonly records: ReadonlyMap<number, SectionSpan>;
}

const NUL = '\0';
const NONE = 0xffffffff;

/** A number of 64 bits, with its words. */
interface Wide {
  /** Signed. */
  readonly low: number;
  readonly high: number;
  readonly value: bigint;
}

const ZERO: Wide = { low: 0, high: 0, value: 0n };
const ALL_ONES = -1;
/** A power of two. */
const WIDE_KEPT = 256;
const EMPTY = new Uint8Array(0);

/** Reads records of a section: `first` in words, and so many from there on. */
export type ReadList<T> = (from: Source, first: number, count: number) => T[];

/**
 * Places in the file are given in words of 4 bytes, by which all records are aligned: `at` is any word of a record. What
 * is right is read by the generated code itself; it calls where something may be wrong.
 */
export class Source {
  /** The file as words, signed; not what is behind the last whole one. */
  readonly words: Int32Array;
  readonly view: DataView;
  /** Records by section. */
  readonly counts: readonly number[];
  /** Whether there is a text with a NUL in it. */
  hasNul = false;
  readonly #texts = new Map<number, { readonly text: string; readonly bytes: number }>();
  readonly #known = new Set<string>();
  /** Behind the last string, the last blob, and the last child of each section that was read. */
  #stringsEnd = 0;
  #dataEnd = 0;
  readonly #childrenEnd: number[] = [];
  /** By section. */
  readonly #spans: (SectionSpan | undefined)[] = [];
  /** Numbers of 64 bits that were read last, by a hash of their words. */
  readonly #wide = new Array<Wide>(WIDE_KEPT).fill(ZERO);

  constructor(
    readonly bytes: Uint8Array,
    /** Of the file, for messages. */
    readonly name: string,
    /** null for a file without sections: references are then not looked up. */
    private readonly spans: Spans | null,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.words = wordsOf(bytes);
    const counts: number[] = [];
    for (const [section, span] of spans?.records ?? []) {
      this.#spans[section] = span;
      counts[section] = span.count;
    }
    this.counts = counts;
  }

  fail(at: number, field: string, why: string, hint = REBUILD): never {
    throw new PlanFormatError(`${this.name}: ${this.#where(4 * at)}, field ${field}: ${why}`, hint);
  }

  /** All records of a section, in order. */
  all<T>(section: number, read: ReadList<T>): T[] {
    const span = this.#spans[section];
    return span === undefined ? [] : read(this, span.offset / 4, span.count);
  }

  tooHigh(at: number, field: string): never {
    this.fail(at, field, `${this.view.getBigUint64(4 * at, true)} is not below 2^53`);
  }

  notZero(at: number, field: string): never {
    this.fail(at, field, 'padding that is not zero');
  }

  noSuchValue(at: number, field: string, value: number): never {
    this.fail(at, field, `no such value: ${value}`);
  }

  /** `mask`: of those that are known. */
  unknownBits(at: number, field: string, value: number, mask: number): never {
    this.fail(at, field, `unknown bits: 0x${((value & ~mask) >>> 0).toString(16)}`);
  }

  /** What was read before, and often is: most are one of some dozen, flags or limits, and each would be an object. */
  u64(at: number): bigint {
    const low = this.words[at] as number;
    const high = this.words[at + 1] as number;
    const place = (low ^ (low >>> 12) ^ high) & (WIDE_KEPT - 1);
    const known = this.#wide[place] as Wide;
    if (known.low === low && known.high === high) return known.value;
    const value = this.view.getBigUint64(4 * at, true);
    // Addresses are many, and seldom the same.
    if (high === 0 || high === ALL_ONES) this.#wide[place] = { low, high, value };
    return value;
  }

  wideBits(at: number, field: string, value: bigint, mask: bigint): bigint {
    if ((value & ~mask) !== 0n) this.fail(at, field, `unknown bits: 0x${(value & ~mask).toString(16)}`);
    return value;
  }

  /** `offset`: in bytes. */
  zero(offset: number, bytes: number, field: string): void {
    for (let index = offset; index < offset + bytes; index++) {
      if (this.bytes[index] !== 0) this.notZero(Math.floor(offset / 4), field);
    }
  }

  /** `offset`: in bytes. */
  fixed(offset: number, bytes: number): Uint8Array {
    return this.#view(offset, bytes);
  }

  /** `section` 0: there must be none. */
  ref(at: number, field: string, section: number): number {
    const index = this.optionalRef(at, field, section);
    if (index === null) this.fail(at, field, 'refers to nothing, and must not');
    return index;
  }

  /** There must be one, or none where `section` is 0. */
  refBy(at: number, field: string, section: number): number | null {
    return section === 0 ? this.optionalRef(at, field, 0) : this.ref(at, field, section);
  }

  optionalRef(at: number, field: string, section: number): number | null {
    const index = this.#u32(at);
    if (index === NONE) return null;
    if (section === 0) this.fail(at, field, `refers to ${index}, where nothing is to be referred to`);
    if (this.spans === null) return index;
    const count = this.counts[section] ?? 0;
    if (index >= count)
      this.fail(at, field, `refers to ${index}, but there are ${count} records in section ${section}`);
    return index;
  }

  text(at: number, field: string): string {
    const offset = this.#u32(at);
    const bytes = this.#u32(at + 1);
    if (bytes === 0) {
      if (offset !== 0) this.fail(at, field, `empty string with offset ${offset}`);
      return '';
    }
    const known = this.#texts.get(offset);
    if (known === undefined) return this.#newText(at, offset, bytes, field);
    if (known.bytes !== bytes)
      this.fail(at, field, `string at ${offset} has ${known.bytes} bytes, not ${bytes}`);
    return known.text;
  }

  #newText(at: number, offset: number, bytes: number, field: string): string {
    const strings = this.spans?.strings ?? this.fail(at, field, 'no section of strings');
    if (offset !== this.#stringsEnd)
      this.fail(at, field, `string at ${offset}: expected at ${this.#stringsEnd}`);
    const end = offset + bytes;
    if (end >= strings.count)
      this.fail(at, field, `string ends at ${end}, beyond the ${strings.count} bytes of strings`);
    const raw = this.#view(strings.offset + offset, bytes);
    if (this.bytes[strings.offset + end] !== 0) this.fail(at, field, 'string without a NUL behind it');
    const text = textOfBytes(raw);
    if (text.includes(NUL)) this.hasNul = true;
    if (this.#known.has(text)) this.fail(at, field, 'string that stands there twice');
    this.#known.add(text);
    this.#texts.set(offset, { text, bytes });
    this.#stringsEnd = end + 1;
    return text;
  }

  blob(at: number, field: string): Uint8Array {
    const offset = this.#u53(at, field);
    const bytes = this.#u53(at + 2, field);
    if (bytes === 0) {
      if (offset !== 0) this.fail(at, field, `no bytes, but offset ${offset}`);
      return EMPTY;
    }
    const data = this.spans?.data ?? this.fail(at, field, 'no section of data');
    const start = align8(this.#dataEnd);
    if (offset !== start) this.fail(at, field, `data at ${offset}: expected at ${start}`);
    if (bytes > data.count - offset) {
      this.fail(at, field, `${bytes} bytes of data at ${offset}: beyond the ${data.count} that there are`);
    }
    for (let index = this.#dataEnd; index < start; index++) {
      if (this.bytes[data.offset + index] !== 0) this.fail(at, field, 'gap before the data that is not zero');
    }
    this.#dataEnd = offset + bytes;
    return this.#view(data.offset + offset, bytes);
  }

  /** Not called where there are none, and none is said to be the first. */
  children<T>(at: number, field: string, section: number, read: ReadList<T>): T[] {
    const first = this.#u32(at);
    const count = this.#u32(at + 1);
    if (count === 0) this.fail(at, field, `no children, but the first is ${first}`);
    const expected = this.#childrenEnd[section] ?? 0;
    if (first !== expected) this.fail(at, field, `first child is ${first}: expected ${expected}`);
    const span = this.#spans[section];
    if (span === undefined || count > span.count - first) {
      this.fail(
        at,
        field,
        `${count} children from ${first}, but there are ${span?.count ?? 0} in section ${section}`,
      );
    }
    this.#childrenEnd[section] = first + count;
    return read(this, (span.offset + first * span.recordBytes) / 4, count);
  }

  /** Nothing may be left that no record refers to; `children` are the sections of children. */
  finish(children: readonly number[]): void {
    if (this.spans === null) return;
    const { strings, data, records } = this.spans;
    const left = [
      ...children.map((section) => ({
        span: records.get(section),
        used: this.#childrenEnd[section] ?? 0,
      })),
      { span: strings, used: this.#stringsEnd },
      { span: data, used: this.#dataEnd },
    ];
    for (const { span, used } of left) {
      if (span === undefined || used === span.count) continue;
      const what = span.recordBytes === 1 ? 'bytes' : 'records';
      const why = `section ${span.name} (${span.section}): nothing refers to the ${span.count - used} ${what} from ${used}`;
      throw new PlanFormatError(`${this.name}: ${why}`, REBUILD);
    }
  }

  /** No Buffer, of which it takes several times as long to make a part. */
  #view(offset: number, bytes: number): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + offset, bytes);
  }

  #u53(at: number, field: string): number {
    const high = this.#u32(at + 1);
    if (high > 0x1fffff) this.tooHigh(at, field);
    return high * 0x1_0000_0000 + this.#u32(at);
  }

  #u32(at: number): number {
    return (this.words[at] as number) >>> 0;
  }

  /** `offset`: in bytes. */
  #where(offset: number): string {
    for (const span of this.spans?.records.values() ?? []) {
      const { name, section, count, recordBytes } = span;
      if (offset < span.offset || offset >= span.offset + count * recordBytes) continue;
      return `section ${name} (${section}), record ${Math.floor((offset - span.offset) / recordBytes)}`;
    }
    return `offset ${offset}`;
  }
}

/** Without a copy where the bytes are aligned, as those of a file that was read whole are, and the host is little-endian. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const count = Math.floor(bytes.length / 4);
  if (!LITTLE_ENDIAN) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Int32Array.from({ length: count }, (_, word) => view.getInt32(4 * word, true));
  }
  if (bytes.byteOffset % 4 === 0) return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  // Not slice(): a Buffer's shares the memory.
  return new Int32Array(new Uint8Array(bytes.subarray(0, 4 * count)).buffer);
}
