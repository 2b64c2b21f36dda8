// Reads records out of a plan, or another file of the same format, for the generated code in records/.
// Everything is checked while it is read: values, references, and that what has no fixed size (children, strings, data)
// stands in canonical order without gaps. So there is one file for each plan, and nothing hides in a file.
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

const NONE = 0xffffffff;
const EMPTY = new Uint8Array(0);

export class Source {
  readonly view: DataView;
  readonly #texts = new Map<number, { readonly text: string; readonly bytes: number }>();
  readonly #known = new Set<string>();
  /** Behind the last string, the last blob, and the last child of each section that was read. */
  #stringsEnd = 0;
  #dataEnd = 0;
  readonly #childrenEnd = new Map<number, number>();

  constructor(
    readonly bytes: Uint8Array,
    /** Of the file, for messages. */
    readonly name: string,
    /** null for a file without sections: references are then not looked up. */
    private readonly spans: Spans | null,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** `at`: any offset within the record. */
  fail(at: number, field: string, why: string, hint = REBUILD): never {
    throw new PlanFormatError(`${this.name}: ${this.#where(at)}, field ${field}: ${why}`, hint);
  }

  /** All records of a section, in order. */
  all<T>(section: number, read: (from: Source, at: number) => T): T[] {
    const span = this.spans?.records.get(section);
    const found: T[] = [];
    if (span === undefined) return found;
    for (let index = 0; index < span.count; index++)
      found.push(read(this, span.offset + index * span.recordBytes));
    return found;
  }

  u53(at: number, field: string): number {
    const high = this.view.getUint32(at + 4, true);
    if (high > 0x1fffff) this.fail(at, field, `${this.view.getBigUint64(at, true)} is not below 2^53`);
    return high * 0x1_0000_0000 + this.view.getUint32(at, true);
  }

  zero(at: number, bytes: number, field: string): void {
    for (let index = at; index < at + bytes; index++) {
      if (this.bytes[index] !== 0) this.fail(at, field, 'padding that is not zero');
    }
  }

  fixed(at: number, bytes: number): Uint8Array {
    return this.bytes.subarray(at, at + bytes);
  }

  choice<T extends number>(
    value: number,
    names: Readonly<Record<number, string>>,
    at: number,
    field: string,
  ): T {
    if (names[value] === undefined) this.fail(at, field, `no such value: ${value}`);
    return value as T;
  }

  /** `mask` fits 32 bits. */
  bits(value: number, mask: number, at: number, field: string): number {
    if ((value & ~mask) !== 0)
      this.fail(at, field, `unknown bits: 0x${((value & ~mask) >>> 0).toString(16)}`);
    return value;
  }

  wideBits(value: bigint, mask: bigint, at: number, field: string): bigint {
    if ((value & ~mask) !== 0n) this.fail(at, field, `unknown bits: 0x${(value & ~mask).toString(16)}`);
    return value;
  }

  /** `section` 0: there must be none. */
  ref(at: number, section: number, field: string): number {
    const index = this.optionalRef(at, section, field);
    if (index === null) this.fail(at, field, 'refers to nothing, and must not');
    return index;
  }

  /** There must be one, or none where `section` is 0. */
  refBy(at: number, section: number, field: string): number | null {
    return section === 0 ? this.optionalRef(at, 0, field) : this.ref(at, section, field);
  }

  optionalRef(at: number, section: number, field: string): number | null {
    const index = this.view.getUint32(at, true);
    if (index === NONE) return null;
    if (section === 0) this.fail(at, field, `refers to ${index}, where nothing is to be referred to`);
    if (this.spans === null) return index;
    const span = this.spans.records.get(section);
    const count = span?.count ?? 0;
    if (index >= count)
      this.fail(at, field, `refers to ${index}, but there are ${count} records in section ${section}`);
    return index;
  }

  text(at: number, field: string): string {
    const offset = this.view.getUint32(at, true);
    const bytes = this.view.getUint32(at + 4, true);
    if (bytes === 0) {
      if (offset !== 0) this.fail(at, field, `empty string with offset ${offset}`);
      return '';
    }
    const known = this.#texts.get(offset);
    if (known !== undefined) {
      if (known.bytes !== bytes)
        this.fail(at, field, `string at ${offset} has ${known.bytes} bytes, not ${bytes}`);
      return known.text;
    }
    return this.#newText(at, offset, bytes, field);
  }

  #newText(at: number, offset: number, bytes: number, field: string): string {
    const strings = this.spans?.strings ?? this.fail(at, field, 'no section of strings');
    if (offset !== this.#stringsEnd)
      this.fail(at, field, `string at ${offset}: expected at ${this.#stringsEnd}`);
    const end = offset + bytes;
    if (end >= strings.count)
      this.fail(at, field, `string ends at ${end}, beyond the ${strings.count} bytes of strings`);
    const raw = this.bytes.subarray(strings.offset + offset, strings.offset + end);
    if (this.bytes[strings.offset + end] !== 0) this.fail(at, field, 'string without a NUL behind it');
    const text = textOfBytes(raw);
    if (this.#known.has(text)) this.fail(at, field, 'string that stands there twice');
    this.#known.add(text);
    this.#texts.set(offset, { text, bytes });
    this.#stringsEnd = end + 1;
    return text;
  }

  blob(at: number, field: string): Uint8Array {
    const offset = this.u53(at, field);
    const bytes = this.u53(at + 8, field);
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
    return this.bytes.subarray(data.offset + offset, data.offset + offset + bytes);
  }

  children<T>(at: number, section: number, field: string, read: (from: Source, at: number) => T): T[] {
    const first = this.view.getUint32(at, true);
    const count = this.view.getUint32(at + 4, true);
    const found: T[] = [];
    if (count === 0) {
      if (first !== 0) this.fail(at, field, `no children, but the first is ${first}`);
      return found;
    }
    const expected = this.#childrenEnd.get(section) ?? 0;
    if (first !== expected) this.fail(at, field, `first child is ${first}: expected ${expected}`);
    const span = this.spans?.records.get(section);
    if (span === undefined || count > span.count - first) {
      this.fail(
        at,
        field,
        `${count} children from ${first}, but there are ${span?.count ?? 0} in section ${section}`,
      );
    }
    this.#childrenEnd.set(section, first + count);
    const end = span.offset + (first + count) * span.recordBytes;
    for (let child = span.offset + first * span.recordBytes; child < end; child += span.recordBytes) {
      found.push(read(this, child));
    }
    return found;
  }

  /** Nothing may be left that no record refers to; `children` are the sections of children. */
  finish(children: readonly number[]): void {
    if (this.spans === null) return;
    const { strings, data, records } = this.spans;
    const left = [
      ...children.map((section) => ({
        span: records.get(section),
        used: this.#childrenEnd.get(section) ?? 0,
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

  #where(at: number): string {
    for (const { offset, count, recordBytes, name, section } of this.spans?.records.values() ?? []) {
      if (at < offset || at >= offset + count * recordBytes) continue;
      return `section ${name} (${section}), record ${Math.floor((at - offset) / recordBytes)}`;
    }
    return `offset ${at}`;
  }
}
