// Numbers that do not fit their fields. A dead kernel lies: a torn structure may hold a count below zero, or a time beyond
// all 64 bits. Such a number is cut to its field, and the plan says that it was.

import { camel } from '../abi/names.js';
import { SCHEMA } from '../abi/schema/schema.js';
import type { RecordKind, Scalar } from '../abi/schema/vocabulary.js';

type Row = Readonly<Record<string, unknown>>;

interface Shape {
  readonly scalars: readonly { readonly key: string; readonly type: Scalar }[];
  readonly children: readonly { readonly key: string; readonly shape: () => Shape }[];
}

const BITS: Readonly<Record<Scalar, number>> = {
  u8: 8,
  u16: 16,
  u32: 32,
  u64: 64,
  i32: 32,
  i64: 64,
  u53: 53,
};

/** Of those that are numbers, but `i32`. */
const LARGEST = {
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffff_ffff,
  u53: Number.MAX_SAFE_INTEGER,
  u64: 0,
  i64: 0,
} as const;

const records = new Map(
  SCHEMA.groups.flatMap((group) => group.records.map((record) => [record.name, record])),
);
const shapes = new Map<string, Shape>();

function shapeOf(name: string): Shape {
  const known = shapes.get(name);
  if (known !== undefined) return known;
  const { fields } = records.get(name) as RecordKind;
  const shape: Shape = {
    scalars: fields.flatMap(({ name: field, type }) =>
      typeof type === 'string' && type in BITS ? [{ key: camel(field), type: type as Scalar }] : [],
    ),
    children: fields.flatMap(({ name: field, type }) =>
      typeof type === 'object' && 'children' in type
        ? [{ key: camel(field), shape: () => shapeOf(type.children) }]
        : [],
    ),
  };
  shapes.set(name, shape);
  return shape;
}

/** `kind`: snake_case. `cut` gets the names of fields whose numbers were cut; the same row where there is none. */
export function fitted<T extends object>(kind: string, row: T, cut: (field: string) => void): T {
  return cutRow(shapeOf(kind), row as Row, cut) as T;
}

function cutRow(shape: Shape, row: Row, cut: (field: string) => void): Row {
  const { scalars, children } = shape;
  let changed: Record<string, unknown> | undefined;
  // By index: an iterator would make an object for each field of each of tens of thousands of rows.
  for (let i = 0; i < scalars.length; i++) {
    const { key, type } = scalars[i] as Shape['scalars'][number];
    const value = row[key];
    if (typeof value === 'number' ? fits(type, value) : value === 0n) continue;
    const right = numberFor(type, value as number | bigint);
    if (right === value) continue;
    cut(key);
    changed = { ...(changed ?? row), [key]: right };
  }
  for (let i = 0; i < children.length; i++) {
    const { key, shape: child } = children[i] as Shape['children'][number];
    const list = row[key] as readonly Row[];
    if (list.length === 0) continue;
    const right = cutRows(child(), list, cut);
    if (right !== list) changed = { ...(changed ?? row), [key]: right };
  }
  return changed ?? row;
}

/** The same list where nothing was cut: of page runs there are tens of thousands. */
function cutRows(shape: Shape, rows: readonly Row[], cut: (field: string) => void): readonly Row[] {
  let changed: Row[] | undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Row;
    const right = cutRow(shape, row, cut);
    if (right === row) continue;
    changed ??= [...rows];
    changed[i] = right;
  }
  return changed ?? rows;
}

function fits(type: Scalar, value: number): boolean {
  if (type === 'i32') return value === (value | 0);
  return value >= 0 && value <= LARGEST[type] && Number.isInteger(value);
}

/** The number, or as much of it as the field has room for: its low bits, as C would have it. */
function numberFor(type: Scalar, value: number | bigint): number | bigint {
  if (typeof value === 'bigint') {
    return type === 'i64' ? BigInt.asIntN(64, value) : BigInt.asUintN(BITS[type], value);
  }
  if (!Number.isSafeInteger(value)) return 0;
  if (type === 'i32') return value | 0;
  if (type === 'u53') return Math.max(0, value);
  const room = 2 ** BITS[type];
  return value >= 0 && value < room ? value : ((value % room) + room) % room;
}
