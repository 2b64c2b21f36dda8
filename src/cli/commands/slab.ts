// `slab`: /proc/slabinfo, byte for byte; with --size, the caches that have the most memory first.

import { machineOf } from '../../parsers/parts/machine.js';
import { slabinfoLines } from '../../parsers/system/machine/slabinfo-text.js';
import type { SlabCache } from '../../snapshot/machine.js';
import { table } from '../render/table.js';
import { bytes, pages, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

const COLUMNS = [
  { head: 'MEMORY', right: true, cell: (cache: SlabCache) => pages(pagesOf(cache)) },
  { head: 'SLABS', right: true, cell: ({ slabs }: SlabCache) => slabs },
  { head: 'PARTIAL', right: true, cell: ({ partialSlabs }: SlabCache) => partialSlabs },
  { head: 'OBJECTS', right: true, cell: ({ objects }: SlabCache) => objects },
  { head: 'ACTIVE', right: true, cell: ({ active }: SlabCache) => active },
  { head: 'SIZE', right: true, cell: ({ objectSize }: SlabCache) => bytes(objectSize) },
  { head: 'NAME', cell: ({ name }: SlabCache) => printable(name) },
];

export const slab: SectionRun = ({ dump, options }) => {
  const caches = machineOf(dump).slabs;
  return {
    schema: 'slab',
    data: () => caches,
    text: function* (style) {
      if (options['size'] !== true) {
        for (const line of slabinfoLines(caches)) yield style.exact(printable(line));
        return;
      }
      const used = caches.filter(({ slabs }) => slabs > 0).sort((a, b) => pagesOf(b) - pagesOf(a));
      const [head, ...lines] = table(COLUMNS, used);
      yield style.dim(head as string);
      yield* lines;
      const sum = used.reduce((total, cache) => total + pagesOf(cache), 0);
      yield style.dim(`${pages(sum)} in ${used.length} caches; ${caches.length - used.length} are empty`);
    },
  };
};

function pagesOf({ slabs, pagesPerSlab }: SlabCache): number {
  return slabs * pagesPerSlab;
}
