// A plan from JSON, which a person may have edited: every fault is an error that names its place in the document.
import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import { Place } from './place.js';
import {
  HEADER,
  type NamedField,
  OBJECTS,
  PLAN_SCHEMA,
  type RecordTable,
  type Row,
  tableFor,
} from './table.js';
import { bitsFrom, blobFrom, choiceFrom, fixedFrom, numberFrom, textFrom } from './values.js';

/** `name`: of the document, for messages. Throws PlanFormatError. */
export function planFromJson(value: unknown, name: string): Plan {
  const place = new Place(name);
  const document = objectAt(value, place);
  if (document['schema'] !== PLAN_SCHEMA) {
    place.within('schema', () =>
      place.fail(`expected "${PLAN_SCHEMA}", found ${JSON.stringify(document['schema'])}`),
    );
  }
  const keys = OBJECTS.map(({ record }) => camel(record.name));
  refuseOthers(document, ['schema', 'header', ...keys], place);
  const arrays = new Map(
    OBJECTS.map(({ record }) => [
      record.name,
      place.within(camel(record.name), (key) => arrayAt(document[key], place)),
    ]),
  );
  const reader = new Reader(place, new Map([...arrays].map(([kind, rows]) => [kind, rows.length])));
  const header = place.within('header', (key) => reader.row(document[key], HEADER, undefined));
  const objects = OBJECTS.map((table) => {
    const key = camel(table.record.name);
    const rows = arrays.get(table.record.name) ?? [];
    return [key, place.within(key, () => reader.rows(rows, table, true))] as const;
  });
  return { header, ...Object.fromEntries(objects) } as unknown as Plan;
}

function objectAt(value: unknown, place: Place): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  return place.fail(`expected an object, found ${kindOf(value)}`);
}

/** What is left out is empty. */
function arrayAt(value: unknown, place: Place): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : place.fail(`expected an array, found ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function refuseOthers(row: Row, known: readonly string[], place: Place): void {
  for (const key of Object.keys(row)) {
    if (!known.includes(key)) place.within(key, () => place.fail('no such field'));
  }
}

/** Kind of object that the value of an enumeration, in a field read before, leads to. */
function targetOf(by: string, before: Row, { fields }: RecordTable): string | undefined {
  const deciding = fields.find(({ field }) => field.name === by);
  const chosen = before[camel(by)];
  return deciding?.enumeration?.values.find(({ value }) => value === chosen)?.target;
}

/** What is left out is empty, as at the top: so documents of older versions of the format are read. */
function isList({ field: { type } }: NamedField): boolean {
  return typeof type === 'object' && 'children' in type;
}

class Reader {
  constructor(
    private readonly place: Place,
    /** Objects by kind. */
    private readonly counts: ReadonlyMap<string, number>,
  ) {}

  rows(values: readonly unknown[], table: RecordTable, areObjects: boolean): Row[] {
    return values.map((value, index) =>
      this.place.within(index, () => this.row(value, table, areObjects ? index : undefined)),
    );
  }

  /** `id`: what an object's id must be. */
  row(value: unknown, table: RecordTable, id: number | undefined): Row {
    const { place } = this;
    const { fields } = table;
    const row = objectAt(value, place);
    if (id !== undefined && row['id'] !== id) {
      place.within('id', () =>
        place.fail(`expected ${id}, its place in the array, found ${JSON.stringify(row['id'])}`),
      );
    }
    const found: Record<string, unknown> = {};
    for (const named of fields) {
      place.enter(named.name);
      if (row[named.name] === undefined && !isList(named)) place.fail('missing');
      found[named.name] = this.#value(row[named.name], named, found, table);
      place.leave();
    }
    if (Object.keys(row).length > fields.length + (id === undefined ? 0 : 1)) {
      refuseOthers(row, [...(id === undefined ? [] : ['id']), ...fields.map(({ name }) => name)], place);
    }
    return found;
  }

  #value(json: unknown, { field, enumeration }: NamedField, before: Row, table: RecordTable): unknown {
    const { place } = this;
    const { type } = field;
    if (enumeration?.kind === 'bits') return bitsFrom(json, enumeration, field, place);
    if (enumeration !== undefined) return choiceFrom(json, enumeration, place);
    if (type === 'text') return textFrom(json, place);
    if (type === 'blob') return blobFrom(json, place);
    if (typeof type === 'string') return numberFrom(json, field, place);
    if ('bytes' in type) return fixedFrom(json, type.bytes, place);
    if ('children' in type) return this.rows(arrayAt(json, place), tableFor(type.children), false);
    if ('ref' in type) return this.#reference(json, type.ref, field.optional === true);
    if (!('refBy' in type)) throw new RangeError('padding is not in JSON');
    const target = targetOf(type.refBy, before, table);
    return this.#reference(json, target, field.optional === true || target === undefined);
  }

  #reference(json: unknown, kind: string | undefined, optional: boolean): number | null {
    const { place } = this;
    if (json === null) return optional ? null : place.fail('refers to nothing, and must not');
    if (typeof json !== 'number' || !Number.isInteger(json) || json < 0) {
      return place.fail(`expected the id of ${kind === undefined ? 'nothing: null' : `a ${camel(kind)}`}`);
    }
    if (kind === undefined) return place.fail(`refers to ${json}, where nothing is to be referred to`);
    const count = this.counts.get(kind) ?? 0;
    return json < count ? json : place.fail(`refers to ${camel(kind)}[${json}], but there are ${count}`);
  }
}
