// A type laid open, for `struct TYPE[.member]`: members with offsets and sizes as data, and as C text like pahole's.

import { Btf } from './btf.js';
import { Budget, KIND } from './btf-format.js';
import type { Field } from './btf-graph.js';
import { declaration, typeName } from './declaration.js';
import type { TypeSource } from './types.js';

export interface MemberShape {
  /** Null where anonymous. */
  readonly name: string | null;
  /** As C writes it, without the name: `struct list_head`, `char[16]`, `int (*)(void)`. */
  readonly type: string;
  /** Bytes from the start of the outermost struct. */
  readonly offset: number;
  readonly size: number;
  /** Position within `offset`'s byte, and width, of a bit-field. */
  readonly bits: { readonly offset: number; readonly width: number } | null;
  /** Of a struct or union without a tag, which only stands here. */
  readonly members: readonly MemberShape[] | null;
}

export interface TypeShape {
  readonly kind: 'struct' | 'union' | 'enum' | 'other';
  /** `struct task_struct`. */
  readonly type: string;
  /** Of `struct x.member`: where the member lies in x; else 0. */
  readonly offset: number;
  readonly size: number | null;
  readonly members: readonly MemberShape[];
  readonly enumerators: readonly { readonly name: string; readonly value: string }[];
}

export interface Description {
  readonly data: TypeShape;
  readonly lines: readonly string[];
}

/** Untagged structs within each other; kernels have five. */
const MAX_DEPTH = 12;
const MAX_MEMBERS = 20_000;
/** Column of the offsets, where the declaration leaves room. */
const COLUMN = 60;
const HEADING = ' /* offset  size */';
const INDENT = '    ';

/** The types behind a source, whole; undefined where it only remembers answers. */
export function wholeTypes(types: TypeSource): Btf | undefined {
  const whole = types.whole?.() ?? types;
  return whole instanceof Btf ? whole : undefined;
}

/** Describes `type[.member…]`; undefined where the kernel has none. */
export function describeType(types: TypeSource, path: string): Description | undefined {
  const btf = wholeTypes(types);
  const place = btf?.find(path);
  if (btf === undefined || place === undefined) return undefined;
  const shape = typeShape(btf, place.type, Math.floor(place.bitOffset / 8));
  return { data: shape, lines: typeLines(btf, place.type, shape) };
}

function typeShape(btf: Btf, type: number, offset: number): TypeShape {
  const id = btf.resolve(type);
  const kind = btf.index.kind(id);
  return {
    kind: kind === KIND.struct ? 'struct' : kind === KIND.union ? 'union' : btf.isEnum(id) ? 'enum' : 'other',
    type: declaration(btf, type, ''),
    offset,
    size: btf.bytes(id) ?? null,
    members: btf.isAggregate(id) ? memberShapes(btf, id, offset * 8, 0, new Budget(MAX_MEMBERS)) : [],
    enumerators: btf.isEnum(id)
      ? btf.enumerators(id).map(({ name, value }) => ({ name, value: value.toString() }))
      : [],
  };
}

function memberShapes(btf: Btf, id: number, base: number, depth: number, budget: Budget): MemberShape[] {
  return btf.fields(id).map((field) => memberShape(btf, field, base, depth, budget));
}

function memberShape(btf: Btf, field: Field, base: number, depth: number, budget: Budget): MemberShape {
  budget.spend();
  const at = base + field.bitOffset;
  const inner = untagged(btf, field.type);
  return {
    name: field.name === '' ? null : field.name,
    type: declaration(btf, field.type, ''),
    offset: Math.floor(at / 8),
    size: btf.bytes(field.type) ?? 0,
    bits: field.bitWidth === 0 ? null : { offset: at % 8, width: field.bitWidth },
    members:
      inner === undefined || depth >= MAX_DEPTH ? null : memberShapes(btf, inner, at, depth + 1, budget),
  };
}

/** The struct or union without a tag that a member (or its elements) is; a typedef's has a name to ask for. */
function untagged(btf: Btf, type: number): number | undefined {
  let id = type;
  for (let hops = 0; hops < MAX_DEPTH && btf.index.kind(id) === KIND.array; hops++) id = btf.elementType(id);
  return btf.isAggregate(id) && btf.index.nameOffset(id) === 0 ? id : undefined;
}

function typeLines(btf: Btf, type: number, shape: TypeShape): string[] {
  const id = btf.resolve(type);
  const alias = id === type ? '' : `typedef ${typeName(btf, id)} ${shape.type};`;
  const size = `/* size: ${shape.size ?? 'none'} */`;
  if (shape.kind === 'enum') {
    const body = shape.enumerators.map(({ name, value }) => `${INDENT}${name} = ${value},`);
    return [...(alias ? [alias] : []), `${typeName(btf, id)} {`, ...body, `}; ${size}`];
  }
  if (shape.kind === 'other') return [`${alias || `${shape.type};`} ${size}`];
  const title = typeName(btf, id).replace(/ \{…\}$/, '');
  const body = btf.fields(id).flatMap((field, n) => {
    return memberLines(btf, field, shape.members[n] as MemberShape, INDENT);
  });
  const isOpen = title === 'struct' || title === 'union';
  const foot = isOpen && alias ? `} ${shape.type}; ${size}` : `}; ${size}`;
  const head = isOpen && alias ? `typedef ${title} {` : `${title} {`;
  return [...(alias && !isOpen ? [alias] : []), head.padEnd(COLUMN) + HEADING, ...body, foot];
}

function memberLines(btf: Btf, field: Field, shape: MemberShape, indent: string): string[] {
  if (shape.members === null) {
    const width = shape.bits === null ? '' : `:${shape.bits.width}`;
    return [columns(`${indent}${declaration(btf, field.type, field.name)}${width};`, shape)];
  }
  const inner = untagged(btf, field.type) as number;
  const [head = '', tail = ''] = declaration(btf, field.type, field.name).split('{…}');
  const body = btf.fields(inner).flatMap((one, n) => {
    return memberLines(btf, one, shape.members?.[n] as MemberShape, indent + INDENT);
  });
  return [`${indent}${head}{`, ...body, columns(`${indent}}${tail};`, shape)];
}

function columns(text: string, shape: MemberShape): string {
  const offset = shape.bits === null ? `${shape.offset}` : `${shape.offset}:${shape.bits.offset}`;
  return `${text.padEnd(COLUMN)} /* ${offset.padStart(6)} ${String(shape.size).padStart(5)} */`;
}
