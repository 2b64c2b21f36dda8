// Any object of a plan for people, out of the schema: its fields in a few lines, its children below it, and beside each
// reference a word on what it leads to. So everything that is in a plan is shown, whatever the format gains.
import { camel } from '../../resurrect/abi/names.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import type { PageRun } from '../../resurrect/abi/records/memory.js';
import {
  type NamedField,
  OBJECTS,
  type RecordTable,
  type Row,
  tableFor,
} from '../../resurrect/json/table.js';
import { sockaddrText } from './plan-sockaddr.js';
import { runText, valueText, wrapped } from './plan-values.js';
import type { Style } from './style.js';
import { printable } from './units.js';

/** Kinds of object, by the key that a plan has them under. */
export const KINDS: readonly string[] = OBJECTS.map(({ record }) => camel(record.name));

export function rowsOf(plan: Plan, kind: string): readonly Row[] {
  return (plan as unknown as Readonly<Record<string, readonly Row[]>>)[kind] ?? [];
}

/** `file[3] /etc/passwd`. */
export function referenceText(plan: Plan, kind: string, index: number): string {
  const label = labelOf(kind, rowsOf(plan, kind)[index]);
  return `${kind}[${index}]${label === '' ? '' : ` ${label}`}`;
}

/** What people know an object by. */
function labelOf(kind: string, row: Row | undefined): string {
  if (row === undefined) return '(missing)';
  if (kind === 'process') return `${row['pid']} ${printable(String(row['name']))}`;
  if (kind === 'mm') return printable(String(row['exe']));
  if (kind === 'pipe') return row['path'] === '' ? `pipe:[${row['inode']}]` : printable(String(row['path']));
  if (kind === 'socket') return socketLabel(row);
  if (kind === 'credentials') return `uid ${row['uid']}`;
  if (kind === 'fs') return printable(String(row['cwd']));
  if (kind === 'shmSegment' || kind === 'semaphoreSet') return `id ${row['ipcId']}`;
  if (kind === 'refusal') return String(row['resource']);
  const named = tableFor(nameOf(kind)).fields.find(({ name }) => name === 'path' || name === 'name');
  return named === undefined ? '' : printable(String(row[named.name]));
}

function socketLabel(row: Row): string {
  const [local, remote] = [row['local'], row['remote']] as [Uint8Array, Uint8Array];
  const ends = [local, remote].filter(({ length }) => length > 0).map(sockaddrText);
  return `socket:[${row['inode']}]${ends.length === 0 ? '' : ` ${ends.join(' to ')}`}`;
}

const names = new Map(OBJECTS.map(({ record }) => [camel(record.name), record.name]));

/** Of the record in the schema. */
export function nameOf(kind: string): string {
  return names.get(kind) ?? kind;
}

export function* objectLines(plan: Plan, kind: string, index: number, style: Style): Generator<string> {
  const row = rowsOf(plan, kind)[index];
  yield style.title(referenceText(plan, kind, index));
  if (row !== undefined) yield* fieldLines(plan, row, tableFor(nameOf(kind)), '  ', style);
}

/** `except`: fields that the caller shows by itself. */
export function* fieldLines(
  plan: Plan,
  row: Row,
  table: RecordTable,
  indent: string,
  style: Style,
  except: ReadonlySet<string> = new Set(),
): Generator<string> {
  const fields = table.fields.filter(({ name }) => !except.has(name));
  const parts = fields.flatMap((named) => {
    const text = scalarText(plan, row, named, table);
    return text === null ? [] : [`${style.dim(named.field.name)} ${text}`];
  });
  yield* wrapped(parts, indent);
  for (const named of fields) {
    const { type } = named.field;
    if (typeof type === 'object' && 'children' in type)
      yield* childLines(plan, row[named.name] as readonly Row[], named, indent, style);
  }
}

function scalarText(plan: Plan, row: Row, named: NamedField, table: RecordTable): string | null {
  const { type } = named.field;
  const value = row[named.name];
  if (typeof type === 'object' && 'children' in type) return null;
  const kind = typeof type === 'object' ? targetOf(type, row, table) : undefined;
  if (kind === undefined) return value === null ? null : valueText(value, named);
  return value === null ? null : referenceText(plan, kind, value as number);
}

/** Kind of object that a reference leads to; undefined for what is none. */
function targetOf(type: NamedField['field']['type'], row: Row, table: RecordTable): string | undefined {
  if (typeof type !== 'object') return undefined;
  if ('ref' in type) return camel(type.ref);
  if (!('refBy' in type)) return undefined;
  const deciding = table.fields.find(({ field }) => field.name === type.refBy);
  const chosen = deciding?.enumeration?.values.find(({ value }) => value === row[deciding.name]);
  return chosen?.target === undefined ? undefined : camel(chosen.target);
}

function* childLines(
  plan: Plan,
  rows: readonly Row[],
  { field }: NamedField,
  indent: string,
  style: Style,
): Generator<string> {
  const { type } = field;
  if (typeof type !== 'object' || !('children' in type) || rows.length === 0) return;
  const table = tableFor(type.children);
  yield `${indent}${style.dim(`${field.name} (${rows.length})`)}`;
  const inner = `${indent}  `;
  if (type.children === 'page_run') {
    yield* wrapped((rows as unknown as readonly PageRun[]).map(runText), inner, '; ');
    return;
  }
  for (const row of rows) {
    let first = true;
    for (const line of fieldLines(plan, row, table, `${inner}  `, style)) {
      yield first ? `${inner}- ${line.trimStart()}` : line;
      first = false;
    }
    if (first) yield `${inner}-`;
  }
}
