// `swap`: /proc/swaps, byte for byte; with --verbose, how much of each area is in memory too, and where it lies.

import { swapAreasOf } from '../../parsers/parts/swap.js';
import { swapsLines } from '../../parsers/swap/swaps-text.js';
import type { SwapArea, ZramDisk } from '../../snapshot/swap.js';
import { bytes, pages, plural } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const swap: SectionRun = ({ dump, options }) => ({
  schema: 'swap',
  data: () => swapAreasOf(dump),
  text: function* (style) {
    if (options['verbose'] !== true) {
      for (const line of swapsLines(swapAreasOf(dump))) yield style.exact(line);
      return;
    }
    if (swapAreasOf(dump).length === 0) yield style.dim('nothing is swapped on');
    const [, ...lines] = swapsLines(swapAreasOf(dump));
    for (const [i, area] of swapAreasOf(dump).entries()) {
      yield style.exact(lines[i] as string);
      yield* detail(area);
    }
  },
});

function* detail(area: SwapArea): Generator<string> {
  const { type, address, device, cached, used, flags, slots, extents, zram } = area;
  yield `    type ${type}  ${address}  device ${device >>> 20}:${device & 0xfffff}  ${flags.join(' ')}`;
  yield `    ${plural(cached, 'page')} (${pages(cached)}) of ${plural(used, 'used page')} in the swap cache; ${slots} slots in ${plural(extents.length, 'extent')}`;
  if (zram !== null) yield `    ${compressed(zram)}`;
}

function compressed(disk: ZramDisk): string {
  const { name, algorithms, stored, compressedBytes, memoryPages, limitPages, same, incompressible } = disk;
  const limit = limitPages === 0 ? '' : ` of ${pages(limitPages)} at most`;
  return [
    `${name}, ${algorithms.join(' then ')}: ${plural(stored, 'page')} (${pages(stored)})`,
    `compressed to ${bytes(compressedBytes)} in ${pages(memoryPages)} of memory${limit}`,
    `${same} of one word, ${incompressible} not compressible`,
  ].join('; ');
}
