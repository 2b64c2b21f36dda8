// A type as C writes it: `struct file *f`, `int (*fn)(struct inode *, loff_t)`, `char comm[16]`.

import { Budget, countOf, flagOf, KIND, TYPE_WORDS } from './btf-format.js';
import type { BtfGraph } from './btf-graph.js';

/** Pointers to functions that return pointers to …; beyond this, the rest is `…`. */
const MAX_DEPTH = 24;
const MAX_STEPS = 500;

/** The declaration of `name` (empty for the bare type). An anonymous struct is `struct {…}`. */
export function declaration(graph: BtfGraph, type: number, name: string): string {
  return new Declarator(graph).declare(type, name, 0);
}

/** A declarator grows from the inside out, as in C: `inner` is what stands around the name so far. */
class Declarator {
  private readonly budget = new Budget(MAX_STEPS);

  constructor(private readonly graph: BtfGraph) {}

  declare(id: number, inner: string, depth: number): string {
    this.budget.spend();
    const { graph } = this;
    if (id === 0) return join('void', inner);
    if (depth > MAX_DEPTH) return join('…', inner);
    const next = graph.index.third(id);
    switch (graph.index.kind(id)) {
      case KIND.ptr:
        return this.declare(next, this.isPostfix(next) ? `(*${inner})` : `*${inner}`, depth + 1);
      case KIND.const:
      case KIND.volatile:
      case KIND.restrict:
        return this.qualified(id, inner, depth);
      case KIND.typeTag:
        return this.declare(next, inner, depth + 1);
      case KIND.array:
        return this.declare(graph.elementType(id), `${inner}[${graph.elementCount(id)}]`, depth + 1);
      case KIND.funcProto:
        return this.declare(next, `${inner}(${this.parameters(id, depth)})`, depth + 1);
      default:
        return join(typeName(graph, id), inner);
    }
  }

  /** A qualifier of a pointer stands behind its star, any other before the type. */
  private qualified(id: number, inner: string, depth: number): string {
    const { index } = this.graph;
    const kind = index.kind(id);
    const word = kind === KIND.const ? 'const' : kind === KIND.volatile ? 'volatile' : 'restrict';
    const next = index.third(id);
    if (index.kind(next) === KIND.ptr) return this.declare(next, join(word, inner), depth + 1);
    return `${word} ${this.declare(next, inner, depth + 1)}`;
  }

  private isPostfix(id: number): boolean {
    const kind = this.graph.index.kind(id);
    return kind === KIND.array || kind === KIND.funcProto;
  }

  private parameters(proto: number, depth: number): string {
    const { index } = this.graph;
    const count = countOf(index.info(proto));
    const out: string[] = [];
    for (let n = 0; n < count; n++) {
      const type = index.word(proto, TYPE_WORDS + n * 2 + 1);
      const isLast = n === count - 1;
      out.push(type === 0 && isLast ? '...' : this.declare(type, '', depth + 1));
    }
    return out.length === 0 ? 'void' : out.join(', ');
  }
}

/** The name of a type that needs no declarator. */
export function typeName(graph: BtfGraph, id: number): string {
  const { index } = graph;
  const name = index.string(index.nameOffset(id));
  switch (index.kind(id)) {
    case KIND.struct:
      return tagged('struct', name);
    case KIND.union:
      return tagged('union', name);
    case KIND.enum:
    case KIND.enum64:
      return tagged('enum', name);
    case KIND.fwd:
      return tagged(flagOf(index.info(id)) ? 'union' : 'struct', name);
    default:
      return name;
  }
}

function tagged(tag: string, name: string): string {
  return name === '' ? `${tag} {…}` : `${tag} ${name}`;
}

function join(base: string, inner: string): string {
  return inner === '' || inner.startsWith('[') ? base + inner : `${base} ${inner}`;
}
