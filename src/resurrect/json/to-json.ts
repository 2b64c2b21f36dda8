// A plan as JSON, for people to read and edit: children stand within their parents, choices and bits have their names.
// Nothing is lost: planFromJson makes the same plan of it.

import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import type { Enumeration, Field } from '../abi/schema/vocabulary.js';
import { bytesText } from './bytes.js';
import { HEADER, OBJECTS, PLAN_SCHEMA, type RecordTable, type Row, tableFor } from './table.js';

export interface PlanJson {
  readonly schema: typeof PLAN_SCHEMA;
  readonly header: Row;
  /** One array for each kind of object. */
  readonly [kind: string]: unknown;
}

export function planToJson(plan: Plan): PlanJson {
  const rows = plan as unknown as Readonly<Record<string, readonly Row[]>>;
  const objects = OBJECTS.map((table) => {
    const key = camel(table.record.name);
    const values = rows[key] ?? [];
    return [key, values.map((row, id) => ({ id, ...rowToJson(row, table) }))] as const;
  });
  const header = rowToJson(plan.header as unknown as Row, HEADER);
  return { schema: PLAN_SCHEMA, header, ...Object.fromEntries(objects) };
}

/** One record, of the kind `name` (as the schema calls it), with its children. */
export function recordToJson(row: Row, name: string): Row {
  return rowToJson(row, tableFor(name));
}

function rowToJson(row: Row, { fields }: RecordTable): Row {
  const found: Record<string, unknown> = {};
  for (const { name, field, enumeration } of fields) found[name] = fieldToJson(row[name], field, enumeration);
  return found;
}

/** The value of one field. */
export function fieldToJson(value: unknown, field: Field, enumeration: Enumeration | undefined): unknown {
  const { type } = field;
  if (enumeration !== undefined) {
    if (enumeration.kind === 'bits') return bitNames(value as number | bigint, enumeration);
    return enumeration.values.find((one) => one.value === value)?.name;
  }
  if (type === 'text') return value;
  if (type === 'blob') return bytesText(value as Uint8Array);
  if (typeof type === 'string') return numberToJson(value as number | bigint, field);
  if ('bytes' in type) return Buffer.from(value as Uint8Array).toString('hex');
  if ('children' in type) {
    const table = tableFor(type.children);
    return (value as readonly Row[]).map((child) => rowToJson(child, table));
  }
  return value;
}

function bitNames(value: number | bigint, { values }: Enumeration): string[] {
  if (value === 0 || value === 0n) return [];
  let left = BigInt(value);
  const names: string[] = [];
  for (const { name, value: mask } of values) {
    const bits = BigInt(mask);
    if ((left & bits) !== bits) continue;
    names.push(name);
    left &= ~bits;
  }
  return left === 0n ? names : [...names, `0x${left.toString(16)}`];
}

function numberToJson(value: number | bigint, { show }: Field): unknown {
  if (show === 'signals') return value.toString(16).padStart(16, '0');
  if (show === 'hex') return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  if (show === 'octal') return `0o${value.toString(8)}`;
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
