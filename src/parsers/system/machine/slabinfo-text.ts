// /proc/slabinfo as the kernel prints it. Mirrors print_slabinfo_header() and cache_show() of mm/slab_common.c; the
// tunables, and what is shared, are of another allocator, and always 0.

import type { SlabCache } from '../../../snapshot/machine.js';

const HEADER = [
  'slabinfo - version: 2.1',
  '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>' +
    ' : tunables <limit> <batchcount> <sharedfactor>' +
    ' : slabdata <active_slabs> <num_slabs> <sharedavail>',
];

export function* slabinfoLines(caches: readonly SlabCache[]): Generator<string> {
  yield* HEADER;
  for (const cache of caches) yield slabinfoLine(cache);
}

function slabinfoLine(cache: SlabCache): string {
  const { name, active, objects, size, objectsPerSlab, pagesPerSlab, slabs } = cache;
  const padded = (width: number, ...numbers: readonly number[]) =>
    numbers.map((number) => String(number).padStart(width)).join(' ');
  return [
    `${name.padEnd(17)} ${padded(6, active, objects, size)} ${padded(4, objectsPerSlab, pagesPerSlab)}`,
    `: tunables ${padded(4, 0, 0, 0)}`,
    `: slabdata ${padded(6, slabs, slabs, 0)}`,
  ].join(' ');
}
