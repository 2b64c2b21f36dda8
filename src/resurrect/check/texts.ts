// Every text of a plan, and where it stands, by the schema.

import type { Plan } from '../abi/plan.js';
import { TEXTS, type Texts } from '../abi/records/texts.js';

type Row = Readonly<Record<string, unknown>>;

/** In order. `where` tells, while a text is visited, its place in the plan: `process[3].threads[0].comm`. */
export function eachText(plan: Plan, visit: (text: string, where: () => string) => void): void {
  const all = plan as unknown as Readonly<Record<string, readonly Row[]>>;
  for (const [kind, texts] of TEXTS) visitRows(all[kind] ?? [], texts, () => kind, visit);
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
