// Takes the records of a plan from the generated code in records/: one growing buffer for each section. Values that
// the format cannot hold are refused here, so that no fault of a planner, or of an editor's hand, reaches a file.
import { bytesOfText, isTextOfBytes, NO_BYTES } from '../../base/text.js';
import { align8 } from './align.js';
import { PlanFormatError } from './error.js';

const NONE = 0xffffffff;
const HINT = 'The plan is at fault, not the file: report it, or correct the JSON that it came from.';

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/** Records of one section. */
class Rows {
  bytes = EMPTY;
  view = EMPTY_VIEW;
  count = 0;

  constructor(
    readonly name: string,
    readonly recordBytes: number,
  ) {}

  /** Room for `count` records more; returns the offset of the first. */
  reserve(count: number): number {
    if (count === 0) return 0;
    const start = this.count * this.recordBytes;
    const end = start + count * this.recordBytes;
    this.count += count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }
}

export interface RecordKindInfo {
  readonly section: number;
  readonly name: string;
  readonly recordBytes: number;
}

export class Sink {
  readonly #rows = new Map<number, Rows>();
  readonly #counts: ReadonlyMap<number, number> | null;
  readonly #texts = new Map<string, { readonly offset: number; readonly bytes: number }>();
  readonly #strings = new Rows('strings', 1);
  readonly #data: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  #dataEnd = 0;

  /** `counts`: objects by section, to which references may lead; null where there are no sections. */
  constructor(kinds: readonly RecordKindInfo[], counts: ReadonlyMap<number, number> | null) {
    for (const { section, name, recordBytes } of kinds) this.#rows.set(section, new Rows(name, recordBytes));
    this.#counts = counts;
  }

  /** What was written to a section. */
  section(section: number): { readonly bytes: Uint8Array; readonly count: number } {
    const rows = this.#rows.get(section);
    if (rows === undefined) throw new RangeError(`no section ${section}`);
    return { bytes: rows.bytes.subarray(0, rows.count * rows.recordBytes), count: rows.count };
  }

  get strings(): Uint8Array {
    return this.#strings.bytes.subarray(0, this.#strings.count);
  }

  get data(): {
    readonly bytes: number;
    readonly parts: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  } {
    return { bytes: this.#dataEnd, parts: this.#data };
  }

  fail(view: DataView, at: number, field: string, why: string): never {
    throw new PlanFormatError(`cannot encode the plan: ${this.#where(view, at)}${field}: ${why}`, HINT);
  }

  rows<T>(
    section: number,
    values: readonly T[],
    write: (to: Sink, view: DataView, at: number, value: T) => void,
  ): number {
    const rows = this.#rows.get(section);
    if (rows === undefined) throw new RangeError(`no section ${section}`);
    const first = rows.count;
    const start = rows.reserve(values.length);
    const view = rows.view;
    for (let index = 0; index < values.length; index++) {
      write(this, view, start + index * rows.recordBytes, values[index] as T);
    }
    return first;
  }

  children<T>(
    view: DataView,
    at: number,
    values: readonly T[],
    section: number,
    field: string,
    write: (to: Sink, view: DataView, at: number, value: T) => void,
  ): void {
    if (values.length === 0) return;
    const first = this.rows(section, values, write);
    if (first + values.length > NONE) this.fail(view, at, field, 'too many records in one section');
    view.setUint32(at, first, true);
    view.setUint32(at + 4, values.length, true);
  }

  u8(view: DataView, at: number, value: number, field: string): void {
    view.setUint8(at, this.#within(value, 0, 0xff, view, at, field));
  }

  u16(view: DataView, at: number, value: number, field: string): void {
    view.setUint16(at, this.#within(value, 0, 0xffff, view, at, field), true);
  }

  u32(view: DataView, at: number, value: number, field: string): void {
    view.setUint32(at, this.#within(value, 0, 0xffffffff, view, at, field), true);
  }

  i32(view: DataView, at: number, value: number, field: string): void {
    view.setInt32(at, this.#within(value, -0x80000000, 0x7fffffff, view, at, field), true);
  }

  u53(view: DataView, at: number, value: number, field: string): void {
    this.#within(value, 0, Number.MAX_SAFE_INTEGER, view, at, field);
    view.setUint32(at, value % 0x1_0000_0000, true);
    view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  u64(view: DataView, at: number, value: bigint, field: string): void {
    if (BigInt.asUintN(64, value) !== value) this.fail(view, at, field, `${value} is not within 64 bits`);
    view.setBigUint64(at, value, true);
  }

  i64(view: DataView, at: number, value: bigint, field: string): void {
    if (BigInt.asIntN(64, value) !== value)
      this.fail(view, at, field, `${value} is not within 64 bits, signed`);
    view.setBigInt64(at, value, true);
  }

  fixed(view: DataView, at: number, value: Uint8Array, bytes: number, field: string): void {
    if (value.length !== bytes) this.fail(view, at, field, `${value.length} bytes, not ${bytes}`);
    new Uint8Array(view.buffer, view.byteOffset).set(value, at);
  }

  choice(
    view: DataView,
    at: number,
    value: number,
    names: Readonly<Record<number, string>>,
    field: string,
  ): void {
    if (names[value] === undefined) this.fail(view, at, field, `no such value: ${value}`);
  }

  /** `mask` fits 32 bits. */
  bits(view: DataView, at: number, value: number, mask: number, field: string): void {
    if ((value & ~mask) !== 0)
      this.fail(view, at, field, `unknown bits: 0x${((value & ~mask) >>> 0).toString(16)}`);
  }

  wideBits(view: DataView, at: number, value: bigint, mask: bigint, field: string): void {
    if ((value & ~mask) !== 0n) this.fail(view, at, field, `unknown bits: 0x${(value & ~mask).toString(16)}`);
  }

  /** `section` 0: there must be none. */
  ref(view: DataView, at: number, value: number | null, section: number, field: string): void {
    if (value === null) this.fail(view, at, field, 'refers to nothing, and must not');
    this.optionalRef(view, at, value, section, field);
  }

  /** There must be one, or none where `section` is 0. */
  refBy(view: DataView, at: number, value: number | null, section: number, field: string): void {
    if (section === 0) this.optionalRef(view, at, value, 0, field);
    else this.ref(view, at, value, section, field);
  }

  optionalRef(view: DataView, at: number, value: number | null, section: number, field: string): void {
    if (value !== null) {
      if (section === 0) this.fail(view, at, field, `refers to ${value}, where nothing is to be referred to`);
      const count = this.#counts === null ? NONE : (this.#counts.get(section) ?? 0);
      if (!(value < count))
        this.fail(view, at, field, `refers to ${value}, but there are ${count} in section ${section}`);
    }
    this.u32(view, at, value ?? NONE, field);
  }

  text(view: DataView, at: number, value: string, field: string): void {
    if (value === '') return;
    const { offset, bytes } = this.#texts.get(value) ?? this.#intern(view, at, value, field);
    view.setUint32(at, offset, true);
    view.setUint32(at + 4, bytes, true);
  }

  #intern(view: DataView, at: number, value: string, field: string) {
    if (!isTextOfBytes(value)) this.fail(view, at, field, NO_BYTES);
    const raw = bytesOfText(value);
    const offset = this.#strings.reserve(raw.length + 1);
    if (offset + raw.length > NONE) this.fail(view, at, field, 'more than 4 GiB of strings');
    this.#strings.bytes.set(raw, offset);
    const place = { offset, bytes: raw.length };
    this.#texts.set(value, place);
    return place;
  }

  blob(view: DataView, at: number, value: Uint8Array, field: string): void {
    if (value.length === 0) return;
    const offset = align8(this.#dataEnd);
    this.#data.push({ offset, bytes: value });
    this.#dataEnd = offset + value.length;
    this.u53(view, at, offset, field);
    this.u53(view, at + 8, value.length, field);
  }

  #within(value: number, least: number, most: number, view: DataView, at: number, field: string): number {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    return this.fail(view, at, field, `${value} is no integer between ${least} and ${most}`);
  }

  #where(view: DataView, at: number): string {
    for (const rows of this.#rows.values()) {
      if (rows.view === view) return `${rows.name} ${Math.floor(at / rows.recordBytes)}, field `;
    }
    return 'field ';
  }
}
