// /proc/partitions as the kernel prints it. Mirrors show_partition() of block/genhd.c.

import type { Partition } from '../../../snapshot/machine.js';

export function* partitionLines(partitions: readonly Partition[]): Generator<string> {
  // The header comes with the first disk, shown or not: there is always one.
  yield 'major minor  #blocks  name';
  yield '';
  for (const { major, minor, sectors, name } of partitions) {
    const blocks = BigInt(sectors) / 2n;
    yield `${String(major).padStart(4)}  ${String(minor).padStart(7)} ${String(blocks).padStart(10)} ${name}`;
  }
}
