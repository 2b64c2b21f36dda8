// Random plans, made from the schema: every field of every record takes values at its ends and between. They make no
// sense to a kernel, but their structure is right: references lead somewhere, choices and bits have names.
import { camel } from '../../src/resurrect/abi/names.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { DERIVED_HEADER_FIELDS } from '../../src/resurrect/abi/plan.js';
import { SCHEMA } from '../../src/resurrect/abi/schema/schema.js';
import type { Enumeration, Field, RecordKind } from '../../src/resurrect/abi/schema/vocabulary.js';
import { Random } from './random.js';

const records = new Map(
  SCHEMA.groups.flatMap((group) => group.records.map((one) => [one.name, one] as const)),
);
const enums = new Map(SCHEMA.groups.flatMap((group) => group.enums.map((one) => [one.name, one] as const)));
const objects = [...records.values()].filter(({ role }) => role === 'object');

/** Kinds that a reference leads to: there is at least one of each. */
const wanted = new Set([
  ...[...records.values()].flatMap(({ fields }) =>
    fields.flatMap(({ type }) => (typeof type === 'object' && 'ref' in type ? [type.ref] : [])),
  ),
  ...[...enums.values()].flatMap(({ values }) => values.flatMap(({ target }) => target ?? [])),
]);

const TEXTS = [
  '',
  'init',
  '/usr/bin/less',
  'Ünïcödé 中文 🦊',
  'a\nb\tc',
  '\ufeffbom',
  'nul\0within',
  '\udcff\udcfe',
  '/caf\udce9/é\udcc3',
  '/'.repeat(300),
];

type Row = Record<string, unknown>;

/** `small`: hardly more than one object of each kind, for tests that make very many. */
export function randomPlan(seed: number, size: 'small' | 'ordinary' = 'ordinary'): Plan {
  return new Maker(new Random(seed), size === 'small').plan();
}

class Maker {
  readonly #counts: ReadonlyMap<string, number>;

  constructor(
    private readonly random: Random,
    private readonly small: boolean,
  ) {
    const more = small ? 1 : 3;
    this.#counts = new Map(
      objects.map(({ name }) => [name, random.below(more) + (wanted.has(name) ? 1 : random.below(2))]),
    );
  }

  plan(): Plan {
    const header = this.#row(records.get('header') as RecordKind);
    for (const name of DERIVED_HEADER_FIELDS) delete header[name];
    const arrays = objects.map((record) => {
      const rows = Array.from({ length: this.#counts.get(record.name) ?? 0 }, () => this.#row(record));
      return [camel(record.name), rows] as const;
    });
    return { header, ...Object.fromEntries(arrays) } as unknown as Plan;
  }

  #row(record: RecordKind): Row {
    const row: Row = {};
    for (const field of record.fields) {
      if (typeof field.type === 'object' && 'padding' in field.type) continue;
      row[camel(field.name)] = this.#value(field, row, record);
    }
    return row;
  }

  #value(field: Field, row: Row, record: RecordKind): unknown {
    const { random } = this;
    const { type } = field;
    if (field.enum !== undefined) return random.pick(enums.get(field.enum)?.values ?? []).value;
    if (field.flags !== undefined) return this.#bits(field, enums.get(field.flags) as Enumeration);
    if (type === 'text') return random.below(3) === 0 ? `text ${random.below(50)}` : random.pick(TEXTS);
    if (type === 'blob') return random.bytes(random.pick([0, 1, 7, 8, 9, 100]));
    if (typeof type === 'string') return this.#number(type);
    if ('bytes' in type) return random.bytes(type.bytes);
    if ('children' in type) {
      const child = records.get(type.children) as RecordKind;
      return Array.from({ length: random.pick(this.small ? [0, 0, 0, 1, 2] : [0, 0, 1, 2]) }, () =>
        this.#row(child),
      );
    }
    if ('ref' in type) return this.#reference(type.ref, field.optional === true);
    if (!('refBy' in type)) throw new RangeError('padding');
    const by = record.fields.find(({ name }) => name === type.refBy)?.enum;
    const chosen = enums.get(by ?? '')?.values.find(({ value }) => value === row[camel(type.refBy)]);
    return this.#reference(chosen?.target, field.optional === true);
  }

  #reference(kind: string | undefined, optional: boolean): number | null {
    if (kind === undefined || (optional && this.random.below(3) === 0)) return null;
    return this.random.below(this.#counts.get(kind) ?? 0);
  }

  #bits({ type }: Field, { values, open }: Enumeration): number | bigint {
    let bits = open ? 1n << 62n : 0n;
    for (const { value } of values) if (this.random.below(2) === 0) bits |= BigInt(value);
    return type === 'u64' ? bits : Number(bits);
  }

  #number(type: string): number | bigint {
    const { random } = this;
    const bits = type === 'u53' ? 53 : Number(type.slice(1));
    const signed = type.startsWith('i');
    const raw = (BigInt(random.next()) << 32n) | BigInt(random.next());
    const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
    const least = signed ? -most - 1n : 0n;
    const small = BigInt(random.below(100)) % (most + 1n);
    const any = signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
    const value = random.pick([least, most, small, small, any]);
    return bits === 64 ? value : Number(value);
  }
}
