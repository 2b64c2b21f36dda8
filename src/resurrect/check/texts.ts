// Every text of a plan, and where it stands, by the schema.

import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import { OBJECTS, type RecordTable, type Row, tableFor } from '../json/table.js';

export interface PlacedText {
  /** Where in the plan: `process[3].threads[0].comm`. */
  readonly object: string;
  readonly text: string;
}

/** Fields of a kind of record that are text, and its lists of children that have any. */
interface Texts {
  readonly fields: readonly string[];
  readonly children: readonly (readonly [name: string, texts: Texts])[];
}

function textsIn({ fields }: RecordTable): Texts {
  return {
    fields: fields.flatMap(({ name, field }) => (field.type === 'text' ? [name] : [])),
    children: fields.flatMap(({ name, field: { type } }) => {
      if (typeof type !== 'object' || !('children' in type)) return [];
      const texts = textsIn(tableFor(type.children));
      return texts.fields.length + texts.children.length === 0 ? [] : [[name, texts] as const];
    }),
  };
}

const KINDS = OBJECTS.map((table) => [camel(table.record.name), textsIn(table)] as const);

export function* textsOf(plan: Plan): Generator<PlacedText> {
  const all = plan as unknown as Readonly<Record<string, readonly Row[]>>;
  for (const [kind, texts] of KINDS) yield* textsOfRows(all[kind] ?? [], texts, kind);
}

function* textsOfRows(rows: readonly Row[], texts: Texts, place: string): Generator<PlacedText> {
  if (texts.fields.length + texts.children.length === 0) return;
  for (const [index, row] of rows.entries()) {
    for (const name of texts.fields)
      yield { object: `${place}[${index}].${name}`, text: row[name] as string };
    for (const [name, children] of texts.children) {
      yield* textsOfRows(row[name] as readonly Row[], children, `${place}[${index}].${name}`);
    }
  }
}
