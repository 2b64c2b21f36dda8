// Writes kernel/plan/crc32_table.c: the tables of kernel/plan/crc32.c, which takes eight bytes at a time.
import { DO_NOT_EDIT } from './typescript.js';

/** CRC-32 of IEEE 802.3, bits reversed. */
const POLYNOMIAL = 0xedb88320;
const AT_ONCE = 8;
const PER_LINE = 6;

function sumOf(byte: number): number {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
  return sum >>> 0;
}

export function crcTable(): string {
  const first = Array.from({ length: 256 }, (_, byte) => sumOf(byte));
  const tables = [first];
  while (tables.length < AT_ONCE) {
    const before = tables.at(-1) as number[];
    tables.push(before.map((sum) => ((sum >>> 8) ^ (first[sum & 0xff] as number)) >>> 0));
  }
  const lines = tables.map((table) => {
    const words = table.map((sum) => `0x${sum.toString(16).padStart(8, '0')}, `);
    const rows = Array.from({ length: Math.ceil(256 / PER_LINE) }, (_, row) =>
      words
        .slice(row * PER_LINE, (row + 1) * PER_LINE)
        .join('')
        .trimEnd(),
    );
    return `\t{\n${rows.map((row) => `\t\t${row}\n`).join('')}\t},\n`;
  });
  return `/* SPDX-License-Identifier: GPL-2.0-only */
/* ${DO_NOT_EDIT} */
#include "crc32.h"

const uint32_t owp_crc32_table[${AT_ONCE}][256] = {
${lines.join('')}};
`;
}
