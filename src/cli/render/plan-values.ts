// Values of a plan for people, as its schema says they are to be shown. What is zero, empty or none is left out.
import { textOfField } from '../../base/text.js';
import { PAGE_FLAG_NAME, PAGE_SOURCE_NAME, type PageRun } from '../../resurrect/abi/records/memory.js';
import type { Enumeration } from '../../resurrect/abi/schema/vocabulary.js';
import type { NamedField } from '../../resurrect/json/table.js';
import { sockaddrText } from './plan-sockaddr.js';
import { signalNames } from './signal.js';
import { printable } from './units.js';

const PREVIEW_BYTES = 48;
const LINE = 118;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const NANOSECONDS = 1_000_000_000n;
const ADDRESSES: ReadonlySet<string> = new Set(['local', 'remote', 'from']);

/** Null: nothing worth saying. References and children are not for this. */
export function valueText(value: unknown, named: NamedField): string | null {
  const { field, enumeration, name } = named;
  if (enumeration !== undefined) return choiceText(value as number | bigint, enumeration);
  if (typeof value === 'string') return value === '' ? null : printable(value);
  if (value instanceof Uint8Array) {
    if (value.every((byte) => byte === 0)) return value.length === 0 || isFixed(named) ? null : zeroes(value);
    return ADDRESSES.has(name) ? sockaddrText(value) : bytesText(value, isFixed(named));
  }
  const number = BigInt(value as number | bigint);
  if (number === 0n) return null;
  if (number === ALL_ONES) return 'all ones';
  switch (field.show) {
    case 'signals':
      return signalNames(number.toString(16).padStart(16, '0'));
    case 'hex':
      return number < 0n ? `-0x${(-number).toString(16)}` : `0x${number.toString(16)}`;
    case 'octal':
      return `0${number.toString(8)}`;
    case 'nanoseconds':
      return `${number / NANOSECONDS}.${(number % NANOSECONDS).toString().padStart(9, '0')} s`;
    default:
      return number.toString();
  }
}

const isFixed = ({ field: { type } }: NamedField): boolean => typeof type === 'object' && 'bytes' in type;
const zeroes = ({ length }: Uint8Array): string => `${length} bytes of zero`;

function choiceText(value: number | bigint, { kind, values }: Enumeration): string | null {
  if (kind === 'choice') return values.find((one) => one.value === Number(value))?.name ?? String(value);
  let left = BigInt(value);
  const names: string[] = [];
  for (const { name, value: mask } of values) {
    if ((left & BigInt(mask)) === 0n) continue;
    names.push(name);
    left &= ~BigInt(mask);
  }
  if (left !== 0n) names.push(`0x${left.toString(16)}`);
  return names.length === 0 ? null : names.join('|');
}

/** Text as such, with its escapes; else hex digits; of more the beginning. */
function bytesText(bytes: Uint8Array, fixed: boolean): string {
  const trimmed = fixed ? bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1) : bytes;
  const start = trimmed.subarray(0, PREVIEW_BYTES);
  const isText = start.every(
    (byte) => byte < 0x7f && (byte >= 0x20 || byte === 10 || byte === 13 || byte === 9),
  );
  const shown = isText
    ? `"${printable(Buffer.from(start).toString('latin1'))}"`
    : Buffer.from(start).toString('hex');
  if (fixed) return shown;
  return `${bytes.length} bytes ${shown}${trimmed.length > PREVIEW_BYTES ? '…' : ''}`;
}

/** `0x7f00+3 frame 0x1a2b dirty|writable`: three pages from there on. */
export function runText({ address, pages, source, pfn, swap, flags, digest }: PageRun): string {
  const from = PAGE_SOURCE_NAME[source] ?? '?';
  const place = from === 'zero' ? '' : from === 'plan' ? ` page ${pfn}` : ` 0x${pfn.toString(16)}`;
  const bits = Object.entries(PAGE_FLAG_NAME).filter(([bit]) => (flags & Number(bit)) !== 0);
  const names = bits.map(([, name]) => (name === 'digest' ? `crc ${digest.toString(16)}` : name)).join('|');
  const area = from === 'swap' ? ` of area ${swap}` : '';
  return `0x${address.toString(16)}+${pages} ${from}${place}${area}${names === '' ? '' : ` ${names}`}`;
}

/** As many to a line as fit. */
export function* wrapped(parts: readonly string[], indent: string, separator = ', '): Generator<string> {
  let line = '';
  for (const part of parts) {
    if (line !== '' && indent.length + line.length + separator.length + part.length > LINE) {
      yield `${indent}${line}${separator.trimEnd()}`;
      line = '';
    }
    line = line === '' ? part : `${line}${separator}${part}`;
  }
  if (line !== '') yield `${indent}${line}`;
}

export function nulText(field: Uint8Array): string {
  return printable(textOfField(field));
}
