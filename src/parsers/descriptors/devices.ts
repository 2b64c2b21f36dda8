// Which driver a device number belongs to: chrdevs[] of fs/char_dev.c and major_names[] of block/genhd.c, as /proc/devices
// lists them.

import type { Kva } from '../../base/address.js';
import type { DeviceDetail } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { inodeOf, type Opened } from './open-object.js';

const CHAR = { next: 'next', major: 'major', first: 'baseminor', count: 'minorct', name: 'name' } as const;
const BLOCK = { next: 'next', major: 'major', name: 'name' } as const;
/** CHRDEV_MAJOR_HASH_SIZE and BLKDEV_MAJOR_HASH_SIZE. */
const CHAINS = 255;
const MAX_DRIVERS = 1 << 12;
const MINOR_BITS = 20;
const ALL_MINORS = 2 ** MINOR_BITS;

export interface DriverNumbers {
  readonly major: number;
  /** Minor numbers: the first, and how many; of block devices all. */
  readonly first: number;
  readonly count: number;
  readonly name: string;
}

export interface Devices {
  readonly char: readonly DriverNumbers[];
  readonly block: readonly DriverNumbers[];
}

/** In the order of /proc/devices. */
export const devicesOf = perKernel((kernel): Devices => {
  const { faults } = kernel;
  return {
    char: faults.guard('chrdevs', () => charDrivers(kernel), []),
    block: faults.guard('major_names', () => blockDrivers(kernel), []),
  };
});

function charDrivers(kernel: Kernel): DriverNumbers[] {
  const { mem } = kernel;
  const at = kernel.layout('char_device_struct', CHAR);
  const size = kernel.types.member('char_device_struct.name')?.size ?? 0;
  return chained(kernel, 'chrdevs', at.next, (entry) => ({
    major: mem.u32(entry, at.major),
    first: mem.u32(entry, at.first),
    count: mem.i32(entry, at.count),
    name: mem.cstr(entry, at.name, size),
  }));
}

function blockDrivers(kernel: Kernel): DriverNumbers[] {
  const { mem } = kernel;
  const at = kernel.layout('blk_major_name', BLOCK);
  const size = kernel.types.member('blk_major_name.name')?.size ?? 0;
  return chained(kernel, 'major_names', at.next, (entry) => ({
    major: mem.i32(entry, at.major),
    first: 0,
    count: ALL_MINORS,
    name: mem.cstr(entry, at.name, size),
  }));
}

/** All that hang on a hash table's chains, by major number; of one number in the order of its chain. */
function chained(
  kernel: Kernel,
  table: string,
  next: number,
  read: (entry: Kva) => DriverNumbers,
): DriverNumbers[] {
  const start = kernel.symbol(table);
  const found: DriverNumbers[] = [];
  for (let chain = 0; chain < CHAINS; chain++) {
    const take = (entry: Kva) => void found.push(read(entry));
    forEachLinked(kernel, kernel.mem.ptr(start, chain * 8), next, take, MAX_DRIVERS);
  }
  return found.sort((a, b) => a.major - b.major);
}

/** The fallback for device files of which no more is known. */
export function readDevice(opened: Opened): DeviceDetail | null {
  const { kernel, file } = opened;
  if (file.type !== 'char' && file.type !== 'block') return null;
  const [major, minor] = [file.rdev >>> MINOR_BITS, file.rdev % ALL_MINORS];
  const driver = devicesOf(kernel)[file.type].find(
    (each) => each.major === major && minor >= each.first && minor < each.first + each.count,
  );
  return {
    kind: 'device',
    address: kernel.mem.hex(inodeOf(opened)),
    block: file.type === 'block',
    major,
    minor,
    driver: driver?.name ?? null,
  };
}
