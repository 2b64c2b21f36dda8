// /proc/swaps. Mirrors swap_show of mm/swapfile.c.

import { bytesOfText } from '../../base/text.js';
import type { SwapArea } from '../../snapshot/swap.js';
import { escapeOctal, MOUNT_ESCAPED } from '../fs/escape.js';

const HEAD = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority';
const NAME_COLUMNS = 40;
/** Larger numbers reach the next tab stop by themselves. */
const WIDE = 10_000_000;

export function* swapsLines(areas: readonly SwapArea[]): Generator<string> {
  yield HEAD;
  for (const area of areas) yield swapsLine(area);
}

function swapsLine({ path, kind, pages, used, priority }: SwapArea): string {
  const name = escapeOctal(path, MOUNT_ESCAPED);
  const gap = ' '.repeat(Math.max(1, NAME_COLUMNS - bytesOfText(name).length));
  const type = kind === 'partition' ? 'partition' : 'file\t';
  return `${name}${gap}${type}\t${column(pages * 4)}\t${column(used * 4)}\t${priority}`;
}

function column(kilobytes: number): string {
  return `${kilobytes}${kilobytes < WIDE ? '\t' : ''}`;
}
