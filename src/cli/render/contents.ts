// Bytes that something held, on one line: as text where they are mostly text, else as hex.
import { type Contents, contentsOf } from '../../snapshot/bytes.js';
import { plural } from './units.js';

const SHOWN = 64;
/** Of ten bytes, at least so many must be printable ASCII or common white space, or NUL padding at the end. */
const TEXT = 0.8;

/** `15 bytes "words in a pipe"`, `4096 bytes 00 01 …`. */
export function contentsText(contents: Contents): string {
  const data = contentsOf(contents);
  const missing = contents.bytes - data.length;
  const shown = data.subarray(0, SHOWN);
  const more = data.length > SHOWN ? ' …' : '';
  const body = isText(shown) ? quoted(shown) : hexBytes(shown);
  const lost = missing > 0 ? ` (${plural(missing, 'byte')} could not be read)` : '';
  return `${plural(contents.bytes, 'byte')}${data.length > 0 ? ` ${body}${more}` : ''}${lost}`;
}

function isText(data: Uint8Array): boolean {
  const end = data.findLastIndex((byte) => byte !== 0) + 1;
  const plain = data.subarray(0, end).filter((byte) => (byte >= 0x20 && byte < 0x7f) || isSpace(byte));
  return plain.length >= TEXT * end;
}

function isSpace(byte: number): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x1b;
}

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 92: '\\\\' };

function quoted(data: Uint8Array): string {
  const text = Array.from(data, (byte) => {
    const named = ESCAPES[byte];
    if (named !== undefined) return named;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${text.join('')}"`;
}

function hexBytes(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
