// The token table of kallsyms, by which all their tables are found: 256 strings, one for each byte of a compressed
// name, and an index of their positions that confirms each of them (the technique is vmlinux-to-elf's).

import type { Stretch } from './stretch.js';

/** Positions in the stretch. */
export interface Tokens {
  readonly tokenTable: number;
  readonly tokenIndex: number;
}

/** Whether there is a token table with its index: cheap, where the other tables may be megabytes away. */
export function hasTokenTable(stretch: Stretch): boolean {
  return tokenTables(stretch).next().done === false;
}

export const TOKENS = 256;
/** KSYM_NAME_LEN. */
const MAX_TOKEN = 512;
/** All digits occur in symbol names, so bytes 0x30–0x39 stand for themselves, in a row. */
export const DIGIT_TOKENS = Buffer.from(Array.from('0123456789', (digit) => `${digit}\0`).join(''), 'latin1');
const FIRST_DIGIT = 0x30;

/** Token tables in a stretch, the first with its token "0" at `digits` or behind. */
export function* tokenTables({ data, view }: Stretch, digits = 0): Generator<Tokens> {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.length);
  for (let at = buffer.indexOf(DIGIT_TOKENS, digits); at >= 0; at = buffer.indexOf(DIGIT_TOKENS, at + 1)) {
    const second = tokenBefore(data, at, FIRST_DIGIT - 1);
    if (second === undefined) continue;
    const end = tokenAfter(data, second, TOKENS - 1);
    if (end === undefined) continue;
    for (let index = (end + 3) & ~3; index < end + 8; index += 4) {
      const table = matchIndex(data, view, index, second);
      if (table !== undefined) yield { tokenTable: table, tokenIndex: index };
    }
  }
}

/** Start of the token `steps` before the one at `at`. */
function tokenBefore(data: Uint8Array, at: number, steps: number): number | undefined {
  let start = at;
  for (let step = 0; step < steps; step++) {
    const limit = start - 1 - MAX_TOKEN;
    let p = start - 2;
    while (p >= 0 && p > limit && data[p] !== 0) p--;
    if (p < 0 || p === limit) return undefined;
    start = p + 1;
  }
  return start;
}

/** Position behind `steps` tokens from `at`. */
function tokenAfter(data: Uint8Array, at: number, steps: number): number | undefined {
  let p = at;
  for (let step = 0; step < steps; step++) {
    const next = data.indexOf(0, p);
    if (next < 0 || next - p > MAX_TOKEN) return undefined;
    p = next + 1;
  }
  return p;
}

/** Token table's position when the 256 values at `index` are the positions of its tokens, of which one is `second`. */
function matchIndex(data: Uint8Array, view: DataView, index: number, second: number): number | undefined {
  if (index + TOKENS * 2 > data.length || view.getUint16(index, true) !== 0) return undefined;
  const table = second - view.getUint16(index + 2, true);
  let p = table;
  for (let i = 0; i < TOKENS; i++) {
    if (p < 0 || view.getUint16(index + i * 2, true) !== p - table) return undefined;
    p = data.indexOf(0, p) + 1;
    if (p === 0) return undefined;
  }
  return table;
}
