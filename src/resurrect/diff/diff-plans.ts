// Two plans compared by what their objects are: what was added, lost, changed, or moved (is the same under another name).

import type { Plan } from '../abi/plan.js';
import { factsOf, type Node } from './facts.js';
import { Identities } from './identity.js';
import { type Ignore, ignoring } from './ignore.js';

export interface Change {
  readonly change: 'added' | 'lost' | 'changed' | 'moved';
  /** Where: names from the object inwards, `process 100`, `threads 101`. */
  readonly object: readonly string[];
  /** Kind of the record, and names of the lists that lead to it: `process.threads`. */
  readonly kind: string;
  /** Of `changed`: which field; else null. */
  readonly field: string | null;
  /** Of `changed` the values, of `moved` the names; of what was added or lost null. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface DiffOptions {
  /** Fields that are not compared (ignore.ts). */
  readonly ignore?: readonly string[];
  /** Whether pipes, sockets and memory files are known by their inode numbers (default), or by who has them. */
  readonly numbered?: boolean;
  /** PIDs by whom things are known rather than by others. */
  readonly known?: ReadonlySet<number>;
}

/** In the order of the first plan, then of the second. The order of lists is not compared. */
export function diffPlans(
  before: Plan,
  after: Plan,
  { ignore = [], numbered = true, known }: DiffOptions = {},
): Change[] {
  const differ = new Differ(ignoring(ignore));
  const facts = (plan: Plan) => factsOf(plan, new Identities(plan, numbered, known));
  differ.lists(facts(before), facts(after), [], '');
  return differ.changes;
}

class Differ {
  readonly changes: Change[] = [];

  constructor(private readonly ignored: Ignore) {}

  /** `label`: name of the list, in front of its items' names. */
  lists(
    before: ReadonlyMap<string, Node>,
    after: ReadonlyMap<string, Node>,
    path: readonly string[],
    kind: string,
    label = '',
  ): void {
    const lost: Node[] = [];
    const added = [...after.values()].filter(({ name }) => !before.has(name));
    for (const node of before.values()) {
      const other = after.get(node.name);
      const inner = kind === '' ? node.kind : kind;
      if (other === undefined) lost.push(node);
      else this.nodes(node, other, [...path, `${label}${node.name}`], inner);
    }
    this.unmatched(lost, added, path, kind, label);
  }

  private nodes(before: Node, after: Node, object: readonly string[], kind: string): void {
    if (this.ignored(kind)) return;
    for (const [field, value] of before.fields) {
      const other = after.fields.get(field) ?? '';
      if (value === other || this.ignored(`${kind}.${field}`)) continue;
      this.changes.push({ change: 'changed', object, kind, field, before: value, after: other });
    }
    for (const [field, list] of before.children) {
      const inner = `${kind}.${field}`;
      if (this.ignored(inner)) continue;
      this.lists(list, after.children.get(field) ?? new Map(), object, inner, `${field} `);
    }
  }

  private unmatched(
    lost: readonly Node[],
    added: readonly Node[],
    path: readonly string[],
    kind: string,
    label: string,
  ): void {
    const free = new Map<string, Node[]>();
    for (const node of added) {
      const key = this.fingerprint(node);
      free.set(key, [...(free.get(key) ?? []), node]);
    }
    const moved = new Set<Node>();
    const kindOf = (node: Node) => (kind === '' ? node.kind : kind);
    for (const node of lost) {
      if (this.ignored(kindOf(node))) continue;
      const twin = free.get(this.fingerprint(node))?.shift();
      const object = [...path, `${label}${node.name}`];
      const base = { object, kind: kindOf(node), field: null };
      if (twin === undefined) this.changes.push({ ...base, change: 'lost', before: null, after: null });
      else {
        moved.add(twin);
        this.changes.push({ ...base, change: 'moved', before: node.name, after: twin.name });
      }
    }
    for (const node of added) {
      if (moved.has(node) || this.ignored(kindOf(node))) continue;
      const object = [...path, `${label}${node.name}`];
      this.changes.push({
        change: 'added',
        object,
        kind: kindOf(node),
        field: null,
        before: null,
        after: null,
      });
    }
  }

  /** All of a record but what it is called by: equal where one is the other, moved. */
  private fingerprint(node: Node): string {
    const words = node.name.split(' ');
    const fields = [...node.fields].filter(([, value]) => !words.includes(value) && value !== node.name);
    const children = [...node.children].map(([field, list]) => [
      field,
      [...list.values()].map((child) => this.whole(child)),
    ]);
    return JSON.stringify([node.kind, fields, children]);
  }

  private whole({ kind, fields, children }: Node): unknown {
    return [
      kind,
      [...fields],
      [...children].map(([field, list]) => [field, [...list.values()].map((each) => this.whole(each))]),
    ];
  }
}
