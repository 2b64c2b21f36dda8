// /proc/partitions: the disks of the class `block`, each with its parts. Mirrors show_partition() of block/genhd.c and
// class_dev_iter_next() of drivers/base/class.c.

import { type Kva, NULL } from '../../../base/address.js';
import type { Partition } from '../../../snapshot/machine.js';
import { wide } from '../../../snapshot/number.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasMember, type Trait } from '../../kernel/trait.js';
import { forEachListEntry } from '../../walks/list.js';
import { forEachXArrayEntry } from '../../walks/xarray.js';

const KSET = { list: 'list' } as const;
const SUBSYSTEM = { entry: 'subsys.kobj.entry', class: 'class', devices: 'klist_devices.k_list' } as const;
const CLASS_NODE = { node: 'knode_class.n_node', owner: 'knode_class.n_klist', device: 'device' } as const;
const DEVICE = { type: 'type' } as const;
const DISK = { name: 'disk_name', flags: 'flags' } as const;
const DISK_DEVICE = { disk: 'bd_disk', device: 'bd_device' } as const;
const PARTS = { parts: 'part_tbl' } as const;
const BLOCK_DEVICE = { number: 'bd_dev', sectors: 'bd_nr_sectors' } as const;
const BLOCK_FLAGS = { flags: '__bd_flags?', part: 'bd_partno?' } as const;
const OLD_DISK = { first: 'part0', device: 'part0.__dev', parts: 'part_tbl', minors: 'minors' } as const;
const OLD_TABLE = { length: 'len', parts: 'part' } as const;
const OLD_PART = { number: '__dev.devt', sectors: 'nr_sects', part: 'partno' } as const;
/** BD_PARTNO. */
const PART_MASK = 0xff;
/** GENHD_FL_* until 5.16, where they are no enumerators. */
const OLD_FLAGS = { removable: 0x1, suppressed: 0x20, extended: 0x40 } as const;
const HIDDEN = 0x2;
const MINOR_BITS = 20;
/** KNODE_DEAD. */
const DEAD = 1;
const NAME_BYTES = 32;
const MAX_CLASSES = 1 << 14;
const MAX_DEVICES = 1 << 20;
const MAX_PARTS = 256;

/** How disks are found from their devices, and parts from disks. */
interface Disks {
  readonly fromDevice: (kernel: Kernel, device: Kva) => Kva;
  /** Those that are not empty, of a disk that is shown; the disk itself first. */
  readonly parts: (kernel: Kernel, disk: Kva, name: string) => Partition[];
}

export const diskParts: Trait<Disks> = {
  name: 'parts of a disk',
  eras: [
    {
      name: 'block devices',
      since: '5.12',
      commit: 'a33df75c6328',
      evidence: 'gendisk.part_tbl.xa_head',
      probe: hasMember('gendisk.part_tbl.xa_head'),
      reader: { fromDevice: diskOfDevice, parts: readParts },
    },
    {
      name: 'hd_struct',
      since: '2.6.28',
      commit: null,
      evidence: 'hd_struct.nr_sects',
      probe: hasMember('hd_struct.nr_sects'),
      reader: {
        fromDevice: (kernel, device) => (device - kernel.layout('gendisk', OLD_DISK).device) as Kva,
        parts: readOldParts,
      },
    },
  ],
};

export function readPartitions(kernel: Kernel): Partition[] {
  const { mem, faults } = kernel;
  const { fromDevice, parts } = kernel.trait(diskParts);
  const nameAt = kernel.layout('gendisk', DISK).name;
  return blockDisks(kernel).flatMap((device) => {
    const read = () => {
      const disk = fromDevice(kernel, device);
      return parts(kernel, disk, mem.cstr(disk, nameAt, NAME_BYTES));
    };
    return faults.guard(`disk ${mem.hex(device)}`, read, []);
  });
}

/** struct device of every whole disk, in the order of the class. */
function blockDisks(kernel: Kernel): Kva[] {
  const { mem } = kernel;
  const at = kernel.layout('device_private', CLASS_NODE);
  const type = kernel.symbol('disk_type');
  const devices: Kva[] = [];
  const visit = (entry: Kva) => {
    if (mem.u32(entry, at.owner) & DEAD) return;
    const device = mem.ptr(entry, at.device);
    if (mem.ptr(device, kernel.layout('device', DEVICE).type) === type) devices.push(device);
  };
  const subsystem = blockSubsystem(kernel);
  if (subsystem === NULL) return [];
  const head = (subsystem + kernel.layout('subsys_private', SUBSYSTEM).devices) as Kva;
  forEachListEntry(kernel, head, at.node, visit, MAX_DEVICES);
  return devices;
}

/** class_to_subsys(): found the same way in kernels where the class points to it. */
function blockSubsystem(kernel: Kernel): Kva {
  const { mem } = kernel;
  const at = kernel.layout('subsys_private', SUBSYSTEM);
  const wanted = kernel.symbol('block_class');
  const classes = (mem.ptr(kernel.symbol('class_kset')) + kernel.layout('kset', KSET).list) as Kva;
  let found = NULL;
  const visit = (subsystem: Kva) => {
    if (mem.ptr(subsystem, at.class) === wanted) found = subsystem;
  };
  forEachListEntry(kernel, classes, at.entry, visit, MAX_CLASSES);
  return found;
}

function diskOfDevice(kernel: Kernel, device: Kva): Kva {
  const at = kernel.layout('block_device', DISK_DEVICE);
  return kernel.mem.ptr((device - at.device) as Kva, at.disk);
}

function readParts(kernel: Kernel, disk: Kva, name: string): Partition[] {
  const { mem } = kernel;
  const at = kernel.layout('block_device', BLOCK_DEVICE);
  const hidden = kernel.types.enumerator('GENHD_FL_HIDDEN') ?? HIDDEN;
  if (mem.u32(disk, kernel.layout('gendisk', DISK).flags) & hidden) return [];
  const parts: Partition[] = [];
  const visit = (_index: number, part: Kva) => {
    const sectors = mem.u64(part, at.sectors);
    if (sectors > 0n)
      parts.push(partition(name, partNumber(kernel, part), mem.u32(part, at.number), sectors));
  };
  forEachXArrayEntry(kernel, (disk + kernel.layout('gendisk', PARTS).parts) as Kva, visit, {
    limit: MAX_PARTS,
  });
  const isEmpty = !parts.some((part) => part.name === name);
  return isEmpty ? [] : parts;
}

/** In the flags since 6.10. */
function partNumber(kernel: Kernel, part: Kva): number {
  const at = kernel.layout('block_device', BLOCK_FLAGS);
  if (at.flags !== undefined) return kernel.mem.u32(part, at.flags) & PART_MASK;
  return at.part === undefined ? 0 : kernel.mem.u8(part, at.part);
}

function readOldParts(kernel: Kernel, disk: Kva, name: string): Partition[] {
  const { mem } = kernel;
  const at = kernel.layout('gendisk', OLD_DISK);
  const flags = mem.u32(disk, kernel.layout('gendisk', DISK).flags);
  const isPartitionable = (flags & OLD_FLAGS.extended) !== 0 || mem.u32(disk, at.minors) > 0;
  if (flags & OLD_FLAGS.suppressed || (!isPartitionable && flags & OLD_FLAGS.removable)) return [];
  const whole = (disk + at.first) as Kva;
  if (mem.u64(whole, kernel.layout('hd_struct', OLD_PART).sectors) === 0n) return [];
  const table = mem.ptr(disk, at.parts);
  const { length, parts } = kernel.layout('disk_part_tbl', OLD_TABLE);
  const count = table === NULL ? 0 : Math.min(MAX_PARTS, mem.u32(table, length));
  const found = Array.from({ length: count }, (_, n) => mem.ptr(table, parts + 8 * n));
  // The first of the table is the disk itself.
  return [whole, ...found.filter((part) => part !== NULL && part !== whole)].flatMap((part) => {
    const of = kernel.layout('hd_struct', OLD_PART);
    const sectors = mem.u64(part, of.sectors);
    return sectors === 0n ? [] : [partition(name, mem.i32(part, of.part), mem.u32(part, of.number), sectors)];
  });
}

/** disk_name(): a `p` between a digit and the number. */
function partition(disk: string, part: number, device: number, sectors: bigint): Partition {
  const name = part === 0 ? disk : `${disk}${/\d$/.test(disk) ? 'p' : ''}${part}`;
  return {
    major: device >>> MINOR_BITS,
    minor: device & (2 ** MINOR_BITS - 1),
    name,
    sectors: wide(sectors),
  };
}
