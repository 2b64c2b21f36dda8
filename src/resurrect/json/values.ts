// Single values of a plan from JSON. Numbers may be JSON numbers, or text in decimal, hexadecimal or octal.
import { isTextOfBytes, NO_BYTES } from '../../base/text.js';
import type { Enumeration, Field } from '../abi/schema/vocabulary.js';
import { textBytes } from './bytes.js';
import type { Place } from './place.js';

const NUMBER = /^(-?)(0x[0-9a-f]+|0o[0-7]+|[0-9]+)$/i;
const SIGNALS = /^[0-9a-f]{16}$/i;

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  u8: [0n, 0xffn],
  u16: [0n, 0xffffn],
  u32: [0n, 0xffff_ffffn],
  u64: [0n, 0xffff_ffff_ffff_ffffn],
  i32: [-0x8000_0000n, 0x7fff_ffffn],
  i64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  u53: [0n, 0x1f_ffff_ffff_ffffn],
};

const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
/** The same as numbers, as far as those are exact. */
const SAFE_RANGES: Readonly<Record<string, readonly [number, number]>> = Object.fromEntries(
  Object.entries(RANGES).map(([type, [least, most]]) => [
    type,
    [Math.max(Number(least), MIN_SAFE_INTEGER), Math.min(Number(most), MAX_SAFE_INTEGER)],
  ]),
);

const is64 = (type: Field['type']): boolean => type === 'u64' || type === 'i64';

const shown = (json: unknown): string => {
  const text = JSON.stringify(json) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

function integer(json: unknown, signals: boolean): bigint | undefined {
  if (typeof json === 'number' && !signals) return Number.isSafeInteger(json) ? BigInt(json) : undefined;
  if (typeof json !== 'string') return undefined;
  if (signals) return SIGNALS.test(json) ? BigInt(`0x${json}`) : undefined;
  const [, sign, digits] = NUMBER.exec(json) ?? [];
  if (digits === undefined) return undefined;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** As the type has it in TypeScript: bigint for 64 bits, else number. */
export function numberFrom(json: unknown, { type, show }: Field, place: Place): number | bigint {
  if (typeof json === 'number' && show !== 'signals') {
    // Nearly all that are no addresses: without a bigint, as there are hundreds of thousands.
    const [from, to] = SAFE_RANGES[type as string] ?? [0, 0];
    if (Number.isInteger(json) && json >= from && json <= to) return is64(type) ? BigInt(json) : json;
  }
  const value = integer(json, show === 'signals');
  if (value === undefined) {
    const expected = show === 'signals' ? '16 hexadecimal digits' : 'an integer (beyond 2^53 as text)';
    return place.fail(`expected ${expected}, found ${shown(json)}`);
  }
  const [least, most] = RANGES[type as string] ?? [0n, 0n];
  if (value < least || value > most) return place.fail(`${shown(json)} is not between ${least} and ${most}`);
  return is64(type) ? value : Number(value);
}

export function choiceFrom(json: unknown, { values }: Enumeration, place: Place): number {
  const chosen = values.find(({ name }) => name === json);
  return (
    chosen?.value ??
    place.fail(`expected one of ${values.map(({ name }) => name).join(', ')}; found ${shown(json)}`)
  );
}

export function bitsFrom(json: unknown, set: Enumeration, field: Field, place: Place): number | bigint {
  if (!Array.isArray(json)) return place.fail(`expected an array of names, found ${shown(json)}`);
  let bits = 0n;
  json.forEach((name: unknown, index) => {
    place.within(index, () => {
      bits |= bitFrom(name, set, place);
    });
  });
  const [, most] = RANGES[field.type as string] ?? [0n, 0n];
  if (bits > most) place.fail(`0x${bits.toString(16)} does not fit ${field.type as string}`);
  return field.type === 'u64' ? bits : Number(bits);
}

function bitFrom(name: unknown, { values, open }: Enumeration, place: Place): bigint {
  const bit = values.find((value) => value.name === name);
  if (bit !== undefined) return BigInt(bit.value);
  if (open && typeof name === 'string' && /^0x[0-9a-f]+$/i.test(name)) return BigInt(name);
  return place.fail(`expected one of ${values.map((value) => value.name).join(', ')}; found ${shown(name)}`);
}

export function textFrom(json: unknown, place: Place): string {
  if (typeof json !== 'string') return place.fail(`expected text, found ${shown(json)}`);
  return isTextOfBytes(json) ? json : place.fail(NO_BYTES);
}

export function blobFrom(json: unknown, place: Place): Uint8Array {
  const bytes = typeof json === 'string' ? textBytes(json) : undefined;
  return bytes ?? place.fail(`expected base64, or "text:" and text; found ${shown(json)}`);
}

export function fixedFrom(json: unknown, bytes: number, place: Place): Uint8Array {
  if (typeof json === 'string' && json.length === bytes * 2 && /^[0-9a-f]*$/i.test(json))
    return Buffer.from(json, 'hex');
  return place.fail(`expected ${bytes * 2} hexadecimal digits (${bytes} bytes), found ${shown(json)}`);
}
