// Device numbers as /proc/devices lists them: two hash tables by major number (fs/char_dev.c chrdev_show(),
// block/genhd.c blkdev_show()).

import type { Kva } from '../../../base/address.js';
import type { DeviceMajor, DeviceNumbers } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { forEachLinked } from '../../walks/hlist.js';

const CHARACTER = { next: 'next', major: 'major', name: 'name' } as const;
const BLOCK = { next: 'next', major: 'major', name: 'name' } as const;
/** CHRDEV_MAJOR_HASH_SIZE and BLKDEV_MAJOR_HASH_SIZE. */
const BUCKETS = 255;
const NAME_BYTES = 64;
/** Ranges of minor numbers in one bucket. */
const MAX_CHAIN = 1 << 16;

export function readDeviceNumbers(kernel: Kernel): Omit<DeviceNumbers, 'partitions'> {
  const { faults } = kernel;
  const character = () => readTable(kernel, 'chrdevs', kernel.layout('char_device_struct', CHARACTER));
  const block = () => readTable(kernel, 'major_names', kernel.layout('blk_major_name', BLOCK));
  return {
    character: faults.guard('character devices', character, []),
    block: faults.guard('block devices', block, []),
  };
}

/** By major number; within one, in the order of its chain. */
function readTable(
  kernel: Kernel,
  symbol: string,
  at: Readonly<Record<keyof typeof CHARACTER, number>>,
): DeviceMajor[] {
  const { mem, faults } = kernel;
  const table = kernel.symbol(symbol);
  const found: DeviceMajor[] = [];
  const visit = (entry: Kva) => {
    found.push({ major: mem.u32(entry, at.major), name: mem.cstr(entry, at.name, NAME_BYTES) });
  };
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const chain = () => forEachLinked(kernel, mem.ptr(table, bucket * 8), at.next, visit, MAX_CHAIN);
    faults.guard(`${symbol}[${bucket}]`, chain, undefined);
  }
  return found.sort((a, b) => a.major - b.major);
}
