// Structures of modules that tell no types (modules have BTF since 5.11), declared here as their headers did and laid
// out as the compiler would: in order, each member aligned to its own size or to 8 bytes.

import type { Member, TypeSource } from '../types/types.js';

/**
 * Members in order, each with its type: `ptr`, `u64`, `u32`, `u8`, or a struct's name; `u8[128]` is an array, `u32:9` a
 * bit-field.
 */
export type Declaration = Readonly<Record<string, string>>;

interface Declared {
  readonly members: ReadonlyMap<string, Member & { readonly struct: string }>;
  readonly size: number;
}

const BASIC: Readonly<Record<string, number>> = { u8: 1, u32: 4, u64: 8, ptr: 8 };

/** The structs that are declared, and all types of `base` below them. */
export class DeclaredTypes implements TypeSource {
  private readonly structs = new Map<string, Declared>();

  constructor(
    private readonly base: TypeSource,
    structs: Readonly<Record<string, Declaration>>,
    private readonly enumerators: Readonly<Record<string, number>>,
  ) {
    for (const [name, members] of Object.entries(structs)) this.structs.set(name, this.layOut(members));
  }

  get origin(): string {
    return `${this.base.origin}, and declarations`;
  }

  member(path: string): Member | undefined {
    const [struct = '', name = '', ...rest] = path.split('.');
    const declared = this.structs.get(struct);
    if (declared === undefined) return this.base.member(path);
    const found = declared.members.get(name);
    if (found === undefined || rest.length === 0) return found;
    const inner = this.member([found.struct, ...rest].join('.'));
    return inner && { ...inner, offset: inner.offset + found.offset };
  }

  sizeOf(type: string): number | undefined {
    return this.structs.get(type)?.size ?? BASIC[type] ?? this.base.sizeOf(type);
  }

  enumerator(name: string): number | undefined {
    return this.enumerators[name] ?? this.base.enumerator(name);
  }

  private layOut(declaration: Declaration): Declared {
    const members = new Map<string, Member & { readonly struct: string }>();
    let [end, bit] = [0, 0];
    for (const [name, text] of Object.entries(declaration)) {
      const [, type = '', count, width] = /^(\w+)(?:\[(\d+)\])?(?::(\d+))?$/.exec(text) ?? [];
      const each = this.sizeOf(type) ?? 0;
      const size = each * Number(count ?? 1);
      const bits = width === undefined ? null : { offset: bit, width: Number(width) };
      // Bit-fields here fill one word at most: all but the first share its bytes.
      const offset = bits !== null && bit > 0 ? end - each : alignUp(end, each);
      bit = bits === null ? 0 : bit + bits.width;
      members.set(name, {
        offset,
        size,
        bits,
        count: count === undefined ? null : Number(count),
        struct: type,
      });
      end = offset + size;
    }
    return { members, size: alignUp(end, 8) };
  }
}

/** To the largest power of two that divides `size`, at most 8. */
function alignUp(offset: number, size: number): number {
  const alignment = Math.min(8, size & -size) || 1;
  return Math.ceil(offset / alignment) * alignment;
}
