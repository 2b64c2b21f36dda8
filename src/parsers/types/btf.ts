// BTF as a source of types: member offsets, sizes and enumerators by name (Documentation/bpf/btf.rst).

import { Budget, corrupt, countOf, KIND, MEMBER_WORDS, TYPE_WORDS } from './btf-format.js';
import { BtfGraph, type Place } from './btf-graph.js';
import { BtfIndex } from './btf-index.js';
import type { Member, TypeSource } from './types.js';

const SUBSCRIPTED = /^([^[]*)\[(\d+)\]$/;
/** Anonymous structs within each other. */
const MAX_DEPTH = 16;
/** Anonymous structs entered on the way to a member. */
const MAX_STEPS = 10_000;

export class Btf extends BtfGraph implements TypeSource {
  private readonly members = new Map<string, Member | undefined>();
  private readonly structs = new Map<string, number | undefined>();

  constructor(
    index: BtfIndex,
    readonly origin: string,
  ) {
    super(index);
  }

  member(path: string): Member | undefined {
    if (this.members.has(path)) return this.members.get(path);
    const place = path.includes('.') ? this.find(path) : undefined;
    const member = place && this.toMember(place);
    this.members.set(path, member);
    return member;
  }

  sizeOf(type: string): number | undefined {
    const id = this.typeId(type);
    return id === undefined ? undefined : this.bytes(id);
  }

  enumerator(name: string): number | undefined {
    const found = this.index.enumerator(name);
    return found && Number(this.enumeratorValue(...found));
  }

  /**
   * Id of a named type. Of several of one name, that with most to say: a struct or union before a typedef before an
   * enum, members before none, then the first of the blob. `struct x`, `union x` and `enum x` ask for that kind.
   */
  typeId(name: string): number | undefined {
    if (this.structs.has(name)) return this.structs.get(name);
    const [, tag, plain = ''] = /^(?:(struct|union|enum) +)?(.*)$/.exec(name) ?? [];
    let best: number | undefined;
    let bestRank = -1;
    for (const id of this.index.named(plain)) {
      const rank = this.rank(id, tag);
      if (rank > bestRank) [best, bestRank] = [id, rank];
    }
    this.structs.set(name, best);
    return best;
  }

  private rank(id: number, tag: string | undefined): number {
    const kind = this.index.kind(id);
    if (tag === 'struct' && kind !== KIND.struct) return -1;
    if (tag === 'union' && kind !== KIND.union) return -1;
    if (tag === 'enum' && !this.isEnum(id)) return -1;
    if (this.isAggregate(id)) return countOf(this.index.info(id)) > 0 ? 4 : 3;
    return kind === KIND.typedef ? 2 : this.isEnum(id) ? 1 : 0;
  }

  /** What `type[.member…]` leads to. An array stands for its first element, `name[2]` for its third. */
  find(path: string): Place | undefined {
    const [first = '', ...names] = path.split('.');
    const start = this.typeId(first);
    if (start === undefined) return undefined;
    const budget = new Budget(MAX_STEPS);
    let place: Place = { type: start, bitOffset: 0, bitWidth: 0 };
    for (const step of names) {
      const [, name = '', subscript] = step.includes('[') ? (SUBSCRIPTED.exec(step) ?? []) : [step, step];
      const within = this.resolve(this.firstElement(place.type));
      if (!this.isAggregate(within)) return undefined;
      const found = this.findField(within, name, place.bitOffset, 0, budget);
      if (found === undefined) return undefined;
      place = subscript === undefined ? found : this.element(found, Number(subscript));
    }
    return place;
  }

  private firstElement(id: number): number {
    const type = this.resolve(id);
    return this.index.kind(type) === KIND.array ? this.elementType(type) : type;
  }

  private element(array: Place, n: number): Place {
    const type = this.resolve(array.type);
    if (this.index.kind(type) !== KIND.array) return array;
    const element = this.elementType(type);
    return { type: element, bitOffset: array.bitOffset + n * 8 * (this.bytes(element) ?? 0), bitWidth: 0 };
  }

  private findField(
    id: number,
    name: string,
    base: number,
    depth: number,
    budget: Budget,
  ): Place | undefined {
    budget.spend();
    if (depth > MAX_DEPTH) throw corrupt(`type ${id} is in anonymous structs without end`);
    for (let n = 0; (n = this.index.findMember(id, name, n)) >= 0; n++) {
      const field = this.fieldPlace(id, n, base);
      if (this.index.word(id, TYPE_WORDS + n * MEMBER_WORDS) !== 0) return field;
      const type = this.resolve(field.type);
      if (!this.isAggregate(type)) continue;
      const found = this.findField(type, name, field.bitOffset, depth + 1, budget);
      if (found) return found;
    }
    return undefined;
  }

  private toMember({ type, bitOffset, bitWidth }: Place): Member {
    const resolved = this.resolve(type);
    const isArray = this.index.kind(resolved) === KIND.array;
    const bit = bitOffset & 7;
    return {
      offset: (bitOffset - bit) / 8,
      size: this.bytes(resolved) ?? 0,
      bits: bitWidth === 0 ? null : { offset: bit, width: bitWidth },
      count: isArray ? this.elementCount(resolved) : null,
    };
  }
}

/** Opens a BTF blob; of split BTF (a module's) `base` is the kernel's. The blob is kept, not copied. */
export function openBtf(bytes: Uint8Array, base?: Btf, origin = 'BTF'): Btf {
  return new Btf(new BtfIndex(bytes, base?.index ?? null), origin);
}
