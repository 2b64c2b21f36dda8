// The words in which the plan's binary layout is written down. The schema is data only: the TypeScript codecs, the C
// header under kernel/uapi/ and docs/plan-format.md are generated from it (npm run abi).
//
// Little-endian throughout. Every record has a fixed size, a multiple of 8; fields are aligned to their size, and padding is
// a field of its own that must be zero. What has no fixed size stands in other sections and is referred to.

/** `u53` takes 8 bytes and stays below 2^53: an address or a count that TypeScript has as a number. */
export type Scalar = 'u8' | 'u16' | 'u32' | 'u64' | 'i32' | 'i64' | 'u53';

export type FieldType =
  | Scalar
  /** A name, whose bytes stand in the section of strings: u32 offset, u32 bytes. In TypeScript and JSON as base/text.ts has it. */
  | 'text'
  /** Bytes in the section of data: u64 offset, u64 bytes. */
  | 'blob'
  /** Bytes within the record: hex digits in JSON. */
  | { readonly bytes: number }
  /** Zero bytes. */
  | { readonly padding: number }
  /** Children of this record, stored one behind the other in a section of their own: u32 first, u32 count. */
  | { readonly children: string }
  /** Index of a record of that kind: u32. */
  | { readonly ref: string }
  /** Index of a record whose kind a field of this record, an enumeration with targets, decides: u32. */
  | { readonly refBy: string };

/** How a number is shown to people, and written in JSON; or that bytes are text padded with NULs (JSON has the bytes). */
export type Display = 'decimal' | 'hex' | 'octal' | 'nanoseconds' | 'signals' | 'text';

export interface Field {
  /** snake_case, as the C header has it; TypeScript has it in camelCase. */
  readonly name: string;
  readonly type: FieldType;
  /** A sentence: what it is, its unit, what 0 or none means. */
  readonly doc: string;
  readonly show?: Display;
  /** Of `ref` and `refBy`: may be none (0xffffffff; null in TypeScript). */
  readonly optional?: true;
  /** The field holds a value of this enumeration: no other is accepted. */
  readonly enum?: string;
  /** The field holds bits of this set: no other bit is accepted. */
  readonly flags?: string;
}

export interface RecordKind {
  /** snake_case; `struct owp_NAME` in C, PascalCase in TypeScript. */
  readonly name: string;
  /** Number of its section in the file, for good; 0: a structure that has none (headers, the journal). */
  readonly section: number;
  readonly doc: string;
  /**
   * `object`: referred to by its index. `child`: belongs to the record that lists it, and has no life of its own.
   * `structure`: stands by itself in a header or a journal.
   */
  readonly role: 'object' | 'child' | 'structure';
  readonly fields: readonly Field[];
}

export interface EnumValue {
  /** snake_case; in C upper case behind the name of the enumeration. */
  readonly name: string;
  readonly value: number;
  readonly doc: string;
  /** Kind of record that a `refBy` field leads to where this value is set; without: to none. */
  readonly target?: string;
}

/** A numbered choice (`values` count), or a set of bits (`values` are bit masks). */
export interface Enumeration {
  readonly name: string;
  readonly kind: 'choice' | 'bits';
  readonly doc: string;
  readonly values: readonly EnumValue[];
  /** Of bits: those without a name here are accepted, and kept. */
  readonly open?: true;
}

/** A file of the generated code, and a chapter of the documentation. */
export interface Group {
  /** kebab-case: the file's name. */
  readonly name: string;
  readonly doc: string;
  readonly enums: readonly Enumeration[];
  readonly records: readonly RecordKind[];
}

export interface Schema {
  readonly groups: readonly Group[];
}
