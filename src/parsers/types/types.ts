// Kernel types as the readers ask for them: offsets by member path, sizes, enumerators. BTF answers; so does the cache.

import { Fault } from '../../base/fault.js';

export interface Member {
  /** Bytes from the start of the outermost struct. */
  readonly offset: number;
  /** Bytes; of an array, of the whole array. */
  readonly size: number;
  /** Bit position within `offset`'s byte and width, for bit-fields; else null. */
  readonly bits: { readonly offset: number; readonly width: number } | null;
  /** Number of elements where the member is an array, else null. */
  readonly count: number | null;
}

/** Where types come from; `btf` reads the blob in memory, `cached` remembers its answers for a build id. */
export interface TypeSource {
  /** `struct.member[.member…]`; anonymous structs and unions are transparent. Undefined where there is none. */
  member(path: string): Member | undefined;
  /** Bytes of `struct x`, `union x`, typedef or enum by plain name (`task_struct`). */
  sizeOf(type: string): number | undefined;
  /** Value of an enumerator by name. */
  enumerator(name: string): number | undefined;
  /** The source that knows all types, for `struct`: a cache of answers opens the blob for it. Absent: this one does. */
  readonly whole?: () => TypeSource;
  /**
   * Types that go on where these end, as a module's: what `open` opens, once something is asked that is not remembered.
   * `key` tells them from all others. Absent: nothing is remembered.
   */
  readonly extend?: (key: string, open: () => TypeSource) => TypeSource;
  /** For `info`: `BTF at 0xffff…`, `file x.btf`, with ` (cached)`. */
  readonly origin: string;
}

type Optional<S> = S extends `${string}?` ? number | undefined : number;
export type Offsets<M extends Record<string, string>> = { readonly [K in keyof M]: Optional<M[K]> };

/**
 * Offsets of a struct's members, resolved once per dump: `offsets(types, 'task_struct', { pid: 'pid', mm: 'mm' })`.
 * A path that ends in `?` may be absent (undefined then); any other missing one is an `unknown` fault.
 */
export function offsets<const M extends Record<string, string>>(
  types: TypeSource,
  struct: string,
  members: M,
): Offsets<M> {
  const found: Record<string, number | undefined> = {};
  for (const [name, path] of Object.entries(members)) {
    const optional = path.endsWith('?');
    const member = types.member(`${struct}.${optional ? path.slice(0, -1) : path}`);
    if (member === undefined && !optional)
      throw new Fault('unknown', `struct ${struct} has no member ${path}`);
    found[name] = member?.offset;
  }
  return found as Offsets<M>;
}

/** Size of a type; an `unknown` fault where the kernel does not have it. */
export function sizeOf(types: TypeSource, type: string): number {
  const size = types.sizeOf(type);
  if (size === undefined) throw new Fault('unknown', `this kernel has no type ${type}`);
  return size;
}
