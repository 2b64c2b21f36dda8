// VMAs as the text of /proc/PID/maps, byte for byte. Mirrors show_map_vma() in fs/proc/task_mmu.c.

import { hex8, hexPair } from '../../base/address.js';
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
    `${address(vma.start)}-${address(vma.end)} ${vma.perms} ${address(vma.offset)} ` +
    `${hex2(vma.devMajor)}:${hex2(vma.devMinor)} ${vma.inode} `;
  return vma.name === '' ? head : `${head.padEnd(WIDTH)} ${escapeOctal(vma.name, MAPS_ESCAPED)}`;
}

/** Of at least eight digits. */
function address(value: number): string {
  const high = Math.floor(value / 0x1_0000_0000);
  return high === 0 ? hex8(value) : hexPair(high, value - high * 0x1_0000_0000);
}

function hex2(value: number): string {
  return value === 0 ? '00' : value.toString(16).padStart(2, '0');
}
