// Types as a graph: what an id stands for, how many bytes it has, what it is made of.

import { corrupt, countOf, flagOf, KIND, kindOf, MEMBER_WORDS, TYPE_WORDS } from './btf-format.js';
import { type BtfIndex, enumeratorAt } from './btf-index.js';

/** Typedefs, qualifiers and arrays on the way to a type; real ones need a handful. */
const MAX_HOPS = 32;
const POINTER_BYTES = 8;

/** Where a member lies, in bits from the outermost struct's start, and its type as declared. */
export interface Place {
  readonly type: number;
  readonly bitOffset: number;
  /** Width of a bit-field, else 0. */
  readonly bitWidth: number;
}

/** One entry of a struct; `name` is empty where it is anonymous. */
export interface Field extends Place {
  readonly name: string;
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

export class BtfGraph {
  private flags: boolean | undefined;

  constructor(readonly index: BtfIndex) {}

  /** A type without its typedefs and qualifiers. */
  resolve(id: number): number {
    for (let hops = 0; hops < MAX_HOPS; hops++) {
      switch (this.index.kind(id)) {
        case KIND.typedef:
        case KIND.volatile:
        case KIND.const:
        case KIND.restrict:
        case KIND.typeTag:
          id = this.index.third(id);
          break;
        default:
          return id;
      }
    }
    throw corrupt(`type ${id} is a chain of typedefs without end`);
  }

  /** Bytes of a type; undefined for void, functions and declarations. */
  bytes(id: number, hops = 0): number | undefined {
    const type = this.resolve(id);
    switch (this.index.kind(type)) {
      case KIND.int:
      case KIND.struct:
      case KIND.union:
      case KIND.enum:
      case KIND.enum64:
      case KIND.float:
      case KIND.datasec:
        return this.index.third(type);
      case KIND.ptr:
        return POINTER_BYTES;
      case KIND.array: {
        if (hops > MAX_HOPS) throw corrupt(`type ${id} is an array of arrays without end`);
        const element = this.bytes(this.elementType(type), hops + 1);
        return element === undefined ? undefined : element * this.elementCount(type);
      }
      default:
        return undefined;
    }
  }

  elementType(array: number): number {
    return this.index.word(array, TYPE_WORDS);
  }

  elementCount(array: number): number {
    return this.index.word(array, TYPE_WORDS + 2);
  }

  isAggregate(id: number): boolean {
    const kind = this.index.kind(id);
    return kind === KIND.struct || kind === KIND.union;
  }

  isEnum(id: number): boolean {
    const kind = this.index.kind(id);
    return kind === KIND.enum || kind === KIND.enum64;
  }

  /** Members of a struct or union as declared. */
  fields(id: number): Field[] {
    const count = countOf(this.index.info(id));
    const out: Field[] = [];
    for (let n = 0; n < count; n++) {
      const name = this.index.string(this.index.word(id, TYPE_WORDS + n * MEMBER_WORDS));
      out.push({ name, ...this.fieldPlace(id, n, 0) });
    }
    return out;
  }

  enumerators(id: number): Enumerator[] {
    const info = this.index.info(id);
    const out: Enumerator[] = [];
    for (let n = 0; n < countOf(info); n++) {
      const name = this.index.string(this.index.word(id, enumeratorAt(kindOf(info), n)));
      out.push({ name, value: this.enumeratorValue(id, n) });
    }
    return out;
  }

  /** An enumerator's value; kinds and eras differ in width and sign. */
  enumeratorValue(id: number, index: number): bigint {
    const info = this.index.info(id);
    const at = enumeratorAt(kindOf(info), index);
    const low = this.index.word(id, at + 1);
    if (kindOf(info) === KIND.enum) return BigInt(flagOf(info) || !this.marksSigned() ? low | 0 : low);
    const value = (BigInt(this.index.word(id, at + 2)) << 32n) | BigInt(low);
    return flagOf(info) ? BigInt.asIntN(64, value) : value;
  }

  /** kind_flag of an enum says that it is signed since 6089fb325cf7 (6.0); before, every value was an s32. */
  private marksSigned(): boolean {
    if (this.flags === undefined) {
      this.flags = false;
      for (let id = 1; id < this.index.endId && !this.flags; id++) {
        const info = this.index.info(id);
        const kind = kindOf(info);
        this.flags = kind === KIND.enum64 || (kind === KIND.enum && flagOf(info));
      }
    }
    return this.flags;
  }

  /** Where the `n`th member of a struct lies, counted from `base` bits. */
  fieldPlace(id: number, n: number, base: number): Place {
    const at = TYPE_WORDS + n * MEMBER_WORDS;
    const type = this.index.word(id, at + 1);
    const offset = this.index.word(id, at + 2);
    if (!flagOf(this.index.info(id))) return this.oldBitField(type, base + offset);
    return { type, bitOffset: base + (offset & 0xff_ffff), bitWidth: offset >>> 24 };
  }

  /** Without kind_flag (before 9d5f9f701b18) a bit-field is a member of an INT type of fewer bits than its bytes. */
  private oldBitField(type: number, bitOffset: number): Place {
    const int = this.resolve(type);
    if (this.index.kind(int) !== KIND.int) return { type, bitOffset, bitWidth: 0 };
    const encoding = this.index.word(int, TYPE_WORDS);
    const bits = encoding & 0xff;
    if (bits === this.index.third(int) * 8) return { type, bitOffset, bitWidth: 0 };
    return { type, bitOffset: bitOffset + ((encoding >>> 16) & 0xff), bitWidth: bits };
  }
}
