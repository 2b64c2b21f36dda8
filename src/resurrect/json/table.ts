// The schema as the JSON codec wants it: records and enumerations by name, and their fields as TypeScript calls them.
import { camel } from '../abi/names.js';
import { DERIVED_HEADER_FIELDS } from '../abi/plan.js';
import { SCHEMA } from '../abi/schema/schema.js';
import type { Enumeration, Field, RecordKind } from '../abi/schema/vocabulary.js';

/** `otherworld/plan/` and the version of the format. */
export const PLAN_SCHEMA = 'otherworld/plan/1';

/** A record as TypeScript has it, before its fields are known to be what they should. */
export type Row = Readonly<Record<string, unknown>>;

export interface NamedField {
  /** As TypeScript and JSON have it. */
  readonly name: string;
  readonly field: Field;
  /** Of its values or bits. */
  readonly enumeration: Enumeration | undefined;
}

export interface RecordTable {
  readonly record: RecordKind;
  /** Without padding. */
  readonly fields: readonly NamedField[];
}

const enums = new Map(SCHEMA.groups.flatMap((group) => group.enums.map((one) => [one.name, one] as const)));
const records = new Map(
  SCHEMA.groups.flatMap((group) => group.records.map((one) => [one.name, tableOf(one)] as const)),
);

function tableOf(record: RecordKind): RecordTable {
  const fields = record.fields.filter(({ type }) => !(typeof type === 'object' && 'padding' in type));
  const named = fields.map((field) => ({
    name: camel(field.name),
    field,
    enumeration: enums.get(field.enum ?? field.flags ?? ''),
  }));
  return { record, fields: named };
}

export function tableFor(name: string): RecordTable {
  const table = records.get(name);
  if (table === undefined) throw new RangeError(`no record ${name} in the schema`);
  return table;
}

/** Kinds of object, in the order of their sections. */
export const OBJECTS: readonly RecordTable[] = [...records.values()]
  .filter(({ record }) => record.role === 'object')
  .sort((a, b) => a.record.section - b.record.section);

const derived: readonly string[] = DERIVED_HEADER_FIELDS;
const header = tableFor('header');

/** The header without what the encoder works out. */
export const HEADER: RecordTable = {
  record: header.record,
  fields: header.fields.filter(({ name }) => !derived.includes(name)),
};
