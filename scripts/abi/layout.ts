// Where each field of the schema stands: offsets and sizes. Nothing is padded silently: a field off its alignment, a record
// whose size is no multiple of 8, a name that leads nowhere are refused, all of them in one message.
import { camel } from '../../src/resurrect/abi/names.js';
import type {
  Enumeration,
  Field,
  FieldType,
  Group,
  RecordKind,
  Schema,
} from '../../src/resurrect/abi/schema/vocabulary.js';
import { problemsOf } from './problems.js';

export interface LaidField {
  readonly field: Field;
  /** As TypeScript and JSON have it. */
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface LaidRecord {
  readonly record: RecordKind;
  readonly group: Group;
  readonly fields: readonly LaidField[];
  readonly bytes: number;
}

export interface Layout {
  readonly schema: Schema;
  readonly records: ReadonlyMap<string, LaidRecord>;
  readonly enums: ReadonlyMap<string, { readonly enumeration: Enumeration; readonly group: Group }>;
  /** In the order of section numbers. */
  readonly sections: readonly LaidRecord[];
}

/** The schema is at fault, not a plan. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

const SCALARS: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, i32: 4, i64: 8, u53: 8 };

export function sizeOf(type: FieldType): { readonly bytes: number; readonly align: number } {
  if (type === 'text') return { bytes: 8, align: 4 };
  if (type === 'blob') return { bytes: 16, align: 8 };
  if (typeof type === 'string') {
    const bytes = SCALARS[type];
    if (bytes === undefined) throw new SchemaError(`no such type: ${type}`);
    return { bytes, align: bytes };
  }
  if ('bytes' in type) return { bytes: type.bytes, align: 1 };
  if ('padding' in type) return { bytes: type.padding, align: 1 };
  return 'children' in type ? { bytes: 8, align: 4 } : { bytes: 4, align: 4 };
}

function layRecord(record: RecordKind, group: Group): LaidRecord {
  let offset = 0;
  const fields = record.fields.map((field) => {
    const { bytes } = sizeOf(field.type);
    const laid: LaidField = { field, name: camel(field.name), offset, bytes };
    offset += bytes;
    return laid;
  });
  return { record, group, fields, bytes: offset };
}

export function layOut(schema: Schema): Layout {
  const enums = new Map<string, { enumeration: Enumeration; group: Group }>();
  const records = new Map<string, LaidRecord>();
  for (const group of schema.groups) {
    for (const enumeration of group.enums) enums.set(enumeration.name, { enumeration, group });
    for (const record of group.records) records.set(record.name, layRecord(record, group));
  }
  const sections = [...records.values()]
    .filter(({ record }) => record.section !== 0)
    .sort((a, b) => a.record.section - b.record.section);
  const layout: Layout = { schema, records, enums, sections };
  const problems = problemsOf(layout);
  if (problems.length > 0) throw new SchemaError(`the schema of the plan:\n  ${problems.join('\n  ')}`);
  return layout;
}

/** Kinds of record that a record lists as children, each once, in field order. */
export function childrenOf(record: RecordKind): string[] {
  const names = record.fields.flatMap(({ type }) =>
    typeof type === 'object' && 'children' in type ? [type.children] : [],
  );
  return [...new Set(names)];
}

/** Objects: they have an array in the plan. */
export function objectsOf(layout: Layout): LaidRecord[] {
  return layout.sections.filter(({ record }) => record.role === 'object');
}
