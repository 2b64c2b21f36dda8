// A plan laid flat by the words of docs/plan-format.md alone, without the codec: what every section must hold. The C programs
// of c-program.ts are held to it.

import { type LaidField, type LaidRecord, type Layout, objectsOf } from '../../scripts/abi/layout.js';
import { bytesOfText } from '../../src/base/text.js';
import { camel } from '../../src/resurrect/abi/names.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';

/** A field's value: one number, or the two of a text, blob or range, or bytes. */
export type FlatValue = readonly bigint[] | Uint8Array;

export interface FlatRow {
  readonly laid: LaidRecord;
  readonly values: readonly { readonly field: LaidField; readonly value: FlatValue }[];
}

export interface FlatPlan {
  /** Records by section. */
  readonly sections: ReadonlyMap<number, readonly FlatRow[]>;
  readonly strings: Uint8Array;
  readonly data: Uint8Array;
}

type Row = Readonly<Record<string, unknown>>;

export function flatten(plan: Plan, layout: Layout): FlatPlan {
  const flat = new Flattener(layout);
  for (const laid of objectsOf(layout)) {
    flat.rows(laid, (plan as unknown as Record<string, readonly Row[]>)[camel(laid.record.name)] ?? []);
  }
  return { sections: flat.sections, strings: Buffer.concat(flat.strings), data: Buffer.concat(flat.data) };
}

class Flattener {
  readonly sections = new Map<number, FlatRow[]>();
  readonly strings: Uint8Array[] = [];
  readonly data: Uint8Array[] = [];
  readonly #texts = new Map<string, bigint>();

  constructor(private readonly layout: Layout) {}

  /** Index of the first. */
  rows(laid: LaidRecord, rows: readonly Row[]): number {
    const all = this.sections.get(laid.record.section) ?? [];
    this.sections.set(laid.record.section, all);
    const first = all.length;
    // Room first: the children of one parent stand together, before those of any of theirs.
    all.length += rows.length;
    rows.forEach((row, index) => {
      const values = laid.fields.map((field) => ({ field, value: this.#value(field, row[field.name]) }));
      all[first + index] = { laid, values };
    });
    return first;
  }

  #value({ field: { type }, bytes }: LaidField, value: unknown): FlatValue {
    if (type === 'text') return this.#text(value as string);
    if (type === 'blob') return this.#blob(value as Uint8Array);
    if (typeof type === 'string') return [BigInt(value as number | bigint)];
    if ('padding' in type) return new Uint8Array(bytes);
    if ('bytes' in type) return value as Uint8Array;
    if (!('children' in type)) return [BigInt((value as number | null) ?? 0xffffffff)];
    const children = value as readonly Row[];
    if (children.length === 0) return [0n, 0n];
    const first = this.rows(this.layout.records.get(type.children) as LaidRecord, children);
    return [BigInt(first), BigInt(children.length)];
  }

  #text(text: string): FlatValue {
    if (text === '') return [0n, 0n];
    const bytes = bytesOfText(text);
    const known = this.#texts.get(text);
    if (known !== undefined) return [known, BigInt(bytes.length)];
    const offset = BigInt(length(this.strings));
    this.#texts.set(text, offset);
    this.strings.push(bytes, Buffer.alloc(1));
    return [offset, BigInt(bytes.length)];
  }

  #blob(bytes: Uint8Array): FlatValue {
    if (bytes.length === 0) return [0n, 0n];
    this.data.push(Buffer.alloc(-length(this.data) & 7));
    const offset = BigInt(length(this.data));
    this.data.push(bytes);
    return [offset, BigInt(bytes.length)];
  }
}

function length(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
