// An object read by its type, for `struct TYPE[.member] ADDR`: plain data, and lines like crash's.

import type { Hex, Kva } from '../../base/address.js';
import type { Btf } from './btf.js';
import { Budget, corrupt, KIND, TYPE_WORDS } from './btf-format.js';
import type { Place } from './btf-graph.js';
import { wholeTypes } from './describe.js';
import type { TypeSource } from './types.js';

/** Integers beyond 2^53, pointers and floats are hexadecimal text; enumerators are their names. */
export type Value = number | string | boolean | readonly Value[] | { readonly [member: string]: Value };

/** What is needed of kernel memory. */
export interface ByteReader {
  bytes(base: Kva, length: number, offset?: number): Uint8Array;
}

/** Structs within structs; kernels have a dozen. */
const MAX_DEPTH = 32;
/** Elements shown of an array. */
const MAX_ELEMENTS = 512;
const MAX_BYTES = 1 << 20;
const MAX_VALUES = 200_000;
/** __int128, long double. */
const MAX_BITS = 128;
const INT_SIGNED = 1;
const INT_BOOL = 4;

/** Reads `type[.member…]` of the object at `address`; undefined where the kernel has no such type. */
export function readValue(types: TypeSource, mem: ByteReader, path: string, address: Kva): Value | undefined {
  const btf = wholeTypes(types);
  const place = btf?.find(path);
  if (btf === undefined || place === undefined) return undefined;
  const size = btf.bytes(place.type);
  if (size === undefined) return undefined;
  if (size > MAX_BYTES) throw corrupt(`${path} has ${size} bytes`);
  const start = Math.floor(place.bitOffset / 8);
  const last = Math.max(size, Math.ceil(((place.bitOffset % 8) + place.bitWidth) / 8));
  const bytes = mem.bytes(address, last, start);
  return valueAt(btf, bytes, { ...place, bitOffset: place.bitOffset % 8 });
}

/** Decodes a value out of the bytes of the object that it is in. */
export function valueAt(
  btf: Btf,
  bytes: Uint8Array,
  place: Place,
  depth = 0,
  budget = new Budget(MAX_VALUES),
): Value {
  budget.spend();
  if (depth > MAX_DEPTH) throw corrupt(`type ${place.type} is in structs without end`);
  const id = btf.resolve(place.type);
  const inner = (field: Place) => valueAt(btf, bytes, field, depth + 1, budget);
  switch (btf.index.kind(id)) {
    case KIND.int:
      return intValue(btf, id, bytes, place);
    case KIND.enum:
    case KIND.enum64:
      return enumValue(btf, id, bytes, place);
    case KIND.array:
      return isChar(btf, btf.resolve(btf.elementType(id)))
        ? text(bytes.subarray(place.bitOffset / 8, place.bitOffset / 8 + btf.elementCount(id)))
        : arrayValue(btf, id, place.bitOffset, inner);
    case KIND.struct:
    case KIND.union:
      return structValue(btf, id, place.bitOffset, inner);
    default:
      return toHex(bits(bytes, place, btf.bytes(id) ?? 0));
  }
}

function structValue(btf: Btf, id: number, base: number, inner: (field: Place) => Value): Value {
  const out: Record<string, Value> = {};
  for (const field of btf.fields(id)) {
    const value = inner({ ...field, bitOffset: base + field.bitOffset });
    if (field.name !== '') out[field.name] = value;
    else if (typeof value === 'object') Object.assign(out, value);
  }
  return out;
}

function arrayValue(btf: Btf, id: number, base: number, inner: (element: Place) => Value): Value {
  const type = btf.elementType(id);
  const count = btf.elementCount(id);
  const size = (btf.bytes(type) ?? 0) * 8;
  const out: Value[] = [];
  for (let n = 0; n < Math.min(count, MAX_ELEMENTS); n++) {
    out.push(inner({ type, bitOffset: base + n * size, bitWidth: 0 }));
  }
  if (count > MAX_ELEMENTS) out.push(`… ${count - MAX_ELEMENTS} more`);
  return out;
}

function isChar(btf: Btf, id: number): boolean {
  return btf.index.kind(id) === KIND.int && btf.index.isString(btf.index.nameOffset(id), 'char');
}

/** A char array up to its NUL; what is not ASCII as `\x..`, so that the text is one line and says what is there. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Array.from(end < 0 ? bytes : bytes.subarray(0, end), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

function intValue(btf: Btf, id: number, bytes: Uint8Array, place: Place): Value {
  const encoding = btf.index.word(id, TYPE_WORDS) >>> 24;
  const size = btf.bytes(id) ?? 0;
  const raw = bits(bytes, place, size);
  if (encoding & INT_BOOL) return raw !== 0n;
  const width = place.bitWidth || size * 8;
  const value = encoding & INT_SIGNED ? BigInt.asIntN(width, raw) : raw;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : toHex(raw);
}

function enumValue(btf: Btf, id: number, bytes: Uint8Array, place: Place): Value {
  const size = btf.bytes(id) ?? 4;
  const raw = bits(bytes, place, size);
  const width = place.bitWidth || size * 8;
  const found = btf.enumerators(id).find(({ value }) => BigInt.asUintN(width, value) === raw);
  return found?.name ?? (raw <= Number.MAX_SAFE_INTEGER ? Number(raw) : toHex(raw));
}

/** The bits of a place, little-endian: of a bit-field its own, else all of its `size` bytes. */
function bits(bytes: Uint8Array, { bitOffset, bitWidth }: Place, size: number): bigint {
  const width = bitWidth || size * 8;
  if (width > MAX_BITS) throw corrupt(`a plain value of ${width} bits`);
  const first = Math.floor(bitOffset / 8);
  const last = Math.ceil((bitOffset + width) / 8);
  let value = 0n;
  for (let at = last - 1; at >= first; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return BigInt.asUintN(width, value >> BigInt(bitOffset % 8));
}

function toHex(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}

/** A value as lines: a member each, indented; arrays of plain values in one line, repetitions counted. */
export function valueLines(path: string, value: Value): string[] {
  return block(`${path} = `, value, '', '');
}

function block(head: string, value: Value, indent: string, tail: string): string[] {
  if (typeof value !== 'object') return [`${indent}${head}${scalar(value)}${tail}`];
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const parts: { head: string; value: Value; tail: string }[] = isList
    ? runs(value).map(([one, times]) => ({ head: '', value: one, tail: times > 1 ? ` × ${times}` : '' }))
    : Object.entries(value).map(([name, one]) => ({ head: `${name} = `, value: one, tail: '' }));
  if (isList && parts.every((part) => typeof part.value !== 'object')) {
    const texts = parts.map((part) => scalar(part.value as string) + part.tail);
    return [`${indent}${head}[${texts.join(', ')}]${tail}`];
  }
  if (parts.length === 0) return [`${indent}${head}{}${tail}`];
  const inner = parts.flatMap((part) => block(part.head, part.value, `${indent}  `, `${part.tail},`));
  return [`${indent}${head}${open}`, ...inner, `${indent}${close}${tail}`];
}

/** Equal neighbours as one, with their number. */
function runs(values: readonly Value[]): [Value, number][] {
  const out: [Value, number][] = [];
  let last: string | undefined;
  for (const value of values) {
    const text = JSON.stringify(value);
    const run = out.at(-1);
    if (run !== undefined && text === last) run[1]++;
    else out.push([value, 1]);
    last = text;
  }
  return out;
}

function scalar(value: number | string | boolean): string {
  const isText = typeof value === 'string' && !/^(0x[0-9a-f]+$|…)/.test(value);
  return isText ? JSON.stringify(value) : String(value);
}
