// A plan as facts: for each object its fields by name, references as the names of what they lead to, children by their keys.

import { textOfField } from '../../base/text.js';
import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import type { ObjectKind } from '../abi/records/plan.js';
import type { Enumeration, Field } from '../abi/schema/vocabulary.js';
import { HEADER, OBJECTS, type RecordTable, type Row, tableFor } from '../json/table.js';
import { fieldToJson } from '../json/to-json.js';
import { Identities } from './identity.js';

/** A record: an object, or a child within one. */
export interface Node {
  /** As the schema calls it, camelCase. */
  readonly kind: string;
  /** What it is called among its siblings. */
  readonly name: string;
  /** By field; text that is equal where the value is. */
  readonly fields: ReadonlyMap<string, string>;
  /** By field of the list, then by name. */
  readonly children: ReadonlyMap<string, ReadonlyMap<string, Node>>;
}

/** What children are known by among their siblings; others by their place. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  thread: ['tid'],
  limit: ['resource'],
  cgroup_membership: ['hierarchy', 'controllers'],
  namespace_ids: ['namespace'],
  namespace_link: ['kind'],
  group: ['gid'],
  vma: ['start'],
  page_run: ['address'],
  guard_range: ['start'],
  aio_context: ['id'],
  signal_action: ['signal'],
  interval_timer: ['which'],
  posix_timer: ['id'],
  descriptor: ['fd'],
  epoll_watch: ['fd', 'file'],
  inotify_watch: ['wd'],
  tmpfs_entry: ['path'],
  multicast_group: ['group'],
  semaphore_undo: ['process'],
  concerned: ['process'],
  tls_descriptor: ['entry'],
};

type Relative = (row: Row, base: number) => Row;

/** So that a VMA that moved is the same but for where it is: its end and its pages are told from its start. */
const RELATIVE: Readonly<Record<string, Relative>> = {
  vma: (row) => ({ ...row, end: (row['end'] as number) - (row['start'] as number) }),
  page_run: (row, base) => ({ ...row, address: (row['address'] as number) - base }),
  guard_range: (row, base) => ({
    start: (row['start'] as number) - base,
    end: (row['end'] as number) - base,
  }),
};

/** The header, then every object, by name. */
export function factsOf(plan: Plan, identities = new Identities(plan, true)): ReadonlyMap<string, Node> {
  const facts = new Facts(identities);
  const found = new Map<string, Node>();
  found.set('header', facts.node(plan.header as unknown as Row, HEADER, 'header'));
  for (const table of OBJECTS) {
    const kind = camel(table.record.name) as ObjectKind;
    for (const [index, row] of (plan[kind] as unknown as readonly Row[]).entries()) {
      const name = facts.identities.of(kind, index);
      found.set(name, facts.node(row, table, name));
    }
  }
  return found;
}

class Facts {
  constructor(readonly identities: Identities) {}

  node(row: Row, table: RecordTable, name: string): Node {
    const fields = new Map<string, string>();
    const children = new Map<string, ReadonlyMap<string, Node>>();
    for (const { name: field, field: description, enumeration } of table.fields) {
      const { type } = description;
      if (typeof type === 'object' && 'children' in type) {
        const base = table.record.name === 'vma' ? (row['start'] as number) : 0;
        children.set(field, this.list(row[field] as readonly Row[], tableFor(type.children), base));
      } else if (typeof type === 'object' && ('ref' in type || 'refBy' in type)) {
        fields.set(field, this.reference(row, description, table));
      } else {
        fields.set(field, valueText(row[field], description, enumeration));
      }
    }
    return { kind: camel(table.record.name), name, fields, children };
  }

  /** `base`: what addresses of page runs are told from. */
  private list(rows: readonly Row[], table: RecordTable, base: number): Map<string, Node> {
    const keys = KEYS[table.record.name];
    const relative = RELATIVE[table.record.name];
    const found = new Map<string, Node>();
    for (const [index, given] of rows.entries()) {
      const row = relative?.(given, base) ?? given;
      const node = this.node(row, table, '');
      const key = keys?.map((field) => node.fields.get(field)).join(' ') ?? String(index);
      const name = found.has(key) ? `${key} (${index})` : key;
      found.set(name, { ...node, name });
    }
    return found;
  }

  private reference(row: Row, { name, type }: Field, table: RecordTable): string {
    const index = row[camel(name)] as number | null;
    const kind = targetOf(row, type as { ref: string } | { refBy: string }, table);
    return kind === null ? 'none' : this.identities.of(camel(kind) as ObjectKind, index);
  }
}

function valueText(value: unknown, field: Field, enumeration: Enumeration | undefined): string {
  if (field.show === 'text') return textOfField(value as Uint8Array);
  const json = fieldToJson(value, field, enumeration);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function targetOf(
  row: Row,
  type: { ref: string } | { refBy: string },
  { fields }: RecordTable,
): string | null {
  if ('ref' in type) return type.ref;
  const decider = fields.find(({ field }) => field.name === type.refBy);
  const value = decider && row[decider.name];
  return decider?.enumeration?.values.find((one) => one.value === value)?.target ?? null;
}
