// Types made up for a test, as a TypeSource. A member is written as C would size it:
//
//   types.struct('list_head', { next: 'ptr', prev: 'ptr' });
//   types.struct('task_struct', { pid: 'i32', comm: 'char[16]', tasks: 'list_head', mm: '@128 ptr' });
//
// Members are aligned to their size (structs to 8) and follow one another; `@128` places one, for unions and gaps.
// An array may have a name of a struct as its element. `:3` behind a type makes a bit-field of 3 bits; it shares its
// bytes with the bit-field before it, as long as they fit.

import type { Member, TypeSource } from '../../../src/parsers/types/types.js';

const BASIC: Record<string, number> = {
  u8: 1,
  i8: 1,
  bool: 1,
  char: 1,
  u16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  ptr: 8,
};

interface SyntheticMember extends Member {
  /** Struct that the member (or its element) is, for longer paths. */
  readonly struct: string | undefined;
}

interface SyntheticStruct {
  readonly members: Map<string, SyntheticMember>;
  readonly size: number;
}

export class SyntheticTypes implements TypeSource {
  readonly origin = 'synthetic';
  /** Set it to have real BTF behind the made-up answers. */
  whole: () => TypeSource = () => this;
  private readonly structs = new Map<string, SyntheticStruct>();
  private readonly enumerators = new Map<string, number>();

  /** Declares a struct (or declares it anew); `size` defaults to the end of its last member. */
  struct(name: string, members: Readonly<Record<string, string>>, size?: number): this {
    const laid = new Map<string, SyntheticMember>();
    let [end, widest, bit] = [0, 0, 0];
    for (const [key, text] of Object.entries(members)) {
      const { at, type, count, width } = parse(text);
      const each = this.need(type);
      const bytes = each * (count ?? 1);
      const joins = width > 0 && bit > 0 && bit + width <= each * 8;
      const base = joins ? end - each : (at ?? align(end, Math.min(8, each)));
      const start = joins ? bit : 0;
      laid.set(key, {
        offset: base + (start >> 3),
        size: bytes,
        bits: width > 0 ? { offset: start & 7, width } : null,
        count,
        struct: this.structs.has(type) ? type : undefined,
      });
      bit = width > 0 ? start + width : 0;
      end = base + bytes;
      widest = Math.max(widest, end);
    }
    this.structs.set(name, { members: laid, size: size ?? align(widest, 8) });
    return this;
  }

  enum(values: Readonly<Record<string, number>>): this {
    for (const [name, value] of Object.entries(values)) this.enumerators.set(name, value);
    return this;
  }

  member(path: string): Member | undefined {
    const [first = '', ...names] = path.split('.');
    let struct: string | undefined = first;
    let found: SyntheticMember | undefined;
    let offset = 0;
    for (const name of names) {
      found = struct === undefined ? undefined : this.structs.get(struct)?.members.get(name);
      if (found === undefined) return undefined;
      offset += found.offset;
      struct = found.struct;
    }
    return found && { offset, size: found.size, bits: found.bits, count: found.count };
  }

  sizeOf(type: string): number | undefined {
    return this.structs.get(type)?.size ?? BASIC[type];
  }

  enumerator(name: string): number | undefined {
    return this.enumerators.get(name);
  }

  private need(type: string): number {
    const size = this.sizeOf(type);
    if (size === undefined) throw new Error(`declare ${type} first`);
    return size;
  }
}

function parse(text: string): { at: number | undefined; type: string; count: number | null; width: number } {
  const [, at, type = '', count, width] = /^(?:@(\d+) )?(\w+)(?:\[(\d+)\])?(?::(\d+))?$/.exec(text) ?? [];
  return {
    at: at === undefined ? undefined : Number(at),
    type,
    count: count === undefined ? null : Number(count),
    width: Number(width ?? 0),
  };
}

function align(offset: number, to: number): number {
  return Math.ceil(offset / to) * to;
}
