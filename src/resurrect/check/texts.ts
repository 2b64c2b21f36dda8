// Every text of a plan, and where it stands, by the schema.

import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import { OBJECTS, type RecordTable, type Row, tableFor } from '../json/table.js';

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

/** In order. `where` tells, while a text is visited, its place in the plan: `process[3].threads[0].comm`. */
export function eachText(plan: Plan, visit: (text: string, where: () => string) => void): void {
  const all = plan as unknown as Readonly<Record<string, readonly Row[]>>;
  for (const [kind, texts] of KINDS) visitRows(all[kind] ?? [], texts, () => kind, visit);
}

/** Places are made of what is asked for alone: there are ten thousand texts, and nothing wrong with them. */
function visitRows(
  rows: readonly Row[],
  { fields, children }: Texts,
  place: () => string,
  visit: (text: string, where: () => string) => void,
): void {
  if (fields.length + children.length === 0) return;
  let index = 0;
  let field = '';
  const where = () => `${place()}[${index}].${field}`;
  for (index = 0; index < rows.length; index++) {
    const row = rows[index] as Row;
    for (field of fields) visit(row[field] as string, where);
    for (const [name, texts] of children) {
      field = name;
      visitRows(row[name] as readonly Row[], texts, where, visit);
    }
  }
}
