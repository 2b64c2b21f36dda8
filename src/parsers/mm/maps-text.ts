// VMAs as the text of /proc/PID/maps, byte for byte. Mirrors show_map_vma() in fs/proc/task_mmu.c.

import type { Vma } from '../../snapshot/mm.js';
import { escapeOctal, MAPS_ESCAPED } from '../fs/escape.js';

/** seq_setwidth(25 + sizeof(void *) * 6 - 1). */
const WIDTH = 72;

export function mapsText(vmas: readonly Vma[]): string {
  return vmas.map((vma) => `${mapsLine(vma)}\n`).join('');
}

/** One line, without its newline. */
export function mapsLine(vma: Vma): string {
  const head =
    `${hex8(vma.start)}-${hex8(vma.end)} ${vma.perms} ${hex8(vma.offset)} ` +
    `${hex2(vma.devMajor)}:${hex2(vma.devMinor)} ${vma.inode} `;
  return vma.name === '' ? head : `${head.padEnd(WIDTH)} ${escapeOctal(vma.name, MAPS_ESCAPED)}`;
}

/** In two halves: numbers beyond 32 bits take V8's slow way to hexadecimal. */
function hex8(value: number): string {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = (value >>> 0).toString(16).padStart(8, '0');
  return high === 0 ? low : high.toString(16) + low;
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0');
}
