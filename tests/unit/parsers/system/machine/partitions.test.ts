import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { readPartitions } from '../../../../../src/parsers/system/machine/partitions.js';
import { partitionLines } from '../../../../../src/parsers/system/machine/partitions-text.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';
import { pointer } from './made.js';

const DISK_TYPE = 0x1230 as Kva;
const REMOVABLE = 1;

function made(): SyntheticKernel {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('kobject', { name: 'ptr', entry: 'list_head' })
    .struct('kset', { list: 'list_head', kobj: 'kobject' })
    .struct('klist', { lock: 'u64', k_list: 'list_head' })
    .struct('klist_node', { n_klist: 'ptr', n_node: 'list_head' })
    .struct('subsys_private', { subsys: 'kset', klist_devices: 'klist', class: 'ptr' })
    .struct('device_private', { knode_class: 'klist_node', device: 'ptr' })
    .struct('device', { devt: 'u32', type: 'ptr' });
  kernel.symbol('disk_type', kernel.fold.fromBig(0xffff_ffff_8100_1230n));
  return kernel;
}

const at = (kernel: SyntheticKernel, path: string) => kernel.types.member(path)?.offset ?? Number.NaN;

/** Puts devices into the class `block`; the last one as it is taken out of it. */
function classOf(kernel: SyntheticKernel, devices: readonly Kva[]): void {
  const inner = (object: Kva, path: string) => (object + at(kernel, path)) as Kva;
  const [block, other] = [kernel.alloc(8), kernel.alloc(8)];
  kernel.symbol('block_class', block);
  const classes = kernel.make('kset');
  pointer(kernel, 'class_kset', classes);
  const subsystems = [other, block].map((each) => kernel.make('subsys_private', { class: each }));
  kernel.list(
    inner(classes, 'kset.list'),
    subsystems.map((each) => inner(each, 'subsys_private.subsys.kobj.entry')),
  );
  const nodes = devices.map((device, n) => {
    const isDead = n === devices.length - 1 ? 1 : 0;
    return kernel.make('device_private', { device, 'knode_class.n_klist': isDead });
  });
  kernel.list(
    inner(subsystems[1] as Kva, 'subsys_private.klist_devices.k_list'),
    nodes.map((each) => inner(each, 'device_private.knode_class.n_node')),
  );
}

describe('disks whose parts are hd_structs', () => {
  function old(flags: number, minors = 16): SyntheticKernel {
    const kernel = made();
    const type = kernel.kernel().symbol('disk_type');
    kernel.types
      .struct('hd_struct', { nr_sects: 'u64', __dev: 'device', partno: 'i32' })
      .struct('disk_part_tbl', { len: 'i32', part: '@32 ptr[4]' })
      .struct('gendisk', {
        minors: 'i32',
        disk_name: 'char[32]',
        part_tbl: 'ptr',
        part0: 'hd_struct',
        flags: 'u32',
      });
    const disk = (name: string, sectors: number) => {
      const made = kernel.make('gendisk', { disk_name: name, minors, flags, 'part0.nr_sects': sectors });
      kernel.set(made, 'gendisk.part0.__dev.devt', (254 << 20) | 16);
      kernel.set(made, 'gendisk.part0.__dev.type', type);
      return made;
    };
    const device = (of: Kva) => (of + at(kernel, 'gendisk.part0.__dev')) as Kva;
    const [first, empty, dead] = [disk('mmcblk0', 5001), disk('loop0', 0), disk('gone', 8)];
    const whole = (first + at(kernel, 'gendisk.part0')) as Kva;
    const part = kernel.make('hd_struct', { nr_sects: 100, partno: 3 });
    kernel.set(part, 'hd_struct.__dev.devt', (259 << 20) | 7);
    const hollow = kernel.make('hd_struct', { nr_sects: 0, partno: 2 });
    const table = kernel.make('disk_part_tbl', { len: 4 });
    for (const [n, each] of [whole, 0 as Kva, hollow, part].entries())
      kernel.set(table, 'disk_part_tbl.part', each, n);
    kernel.set(first, 'gendisk.part_tbl', table);
    const stranger = kernel.make('device', { type: DISK_TYPE });
    classOf(kernel, [device(first), stranger, device(empty), device(dead)]);
    return kernel;
  }

  test('those that are not empty, a p behind a digit; others of the class, and the dead, are passed over', () => {
    const kernel = old(0).kernel();
    const partitions = readPartitions(kernel);
    expect(partitions).toEqual([
      { major: 254, minor: 16, name: 'mmcblk0', sectors: 5001 },
      { major: 259, minor: 7, name: 'mmcblk0p3', sectors: 100 },
    ]);
    expect(kernel.faults.records).toEqual([]);
    expect([...partitionLines(partitions)].slice(2)).toEqual([
      ' 254       16       2500 mmcblk0',
      ' 259        7         50 mmcblk0p3',
    ]);
  });

  test('a drive of removable media that cannot be divided is not shown', () => {
    expect(readPartitions(old(REMOVABLE, 0).kernel())).toEqual([]);
    expect(readPartitions(old(REMOVABLE, 1).kernel())).toHaveLength(2);
  });
});

test('disks whose parts are block devices: hidden ones are not shown', () => {
  const kernel = made();
  const type = kernel.kernel().symbol('disk_type');
  kernel.types
    .struct('xarray', { xa_lock: 'u64', xa_head: 'ptr' })
    .struct('xa_node', {
      shift: 'u8',
      offset: 'u8',
      count: 'u8',
      nr_values: 'u8',
      parent: 'ptr',
      slots: 'ptr[64]',
    })
    .struct('gendisk', { disk_name: 'char[32]', part_tbl: 'xarray', flags: 'u32' })
    .struct('block_device', {
      bd_nr_sectors: 'u64',
      bd_disk: 'ptr',
      __bd_flags: 'u32',
      bd_dev: 'u32',
      bd_device: 'device',
    })
    .enum({ GENHD_FL_HIDDEN: 2 });
  const devices = [0, 2, 0].map((flags) => {
    const disk = kernel.make('gendisk', { disk_name: 'vda', flags });
    const whole = kernel.make('block_device', { bd_nr_sectors: 2048, bd_disk: disk, bd_dev: 254 << 20 });
    kernel.set(whole, 'block_device.bd_device.type', type);
    const part = kernel.make('block_device', {
      bd_nr_sectors: 2,
      bd_disk: disk,
      bd_dev: (254 << 20) | 2,
      __bd_flags: 0x102,
    });
    const node = kernel.make('xa_node');
    kernel.set(node, 'xa_node.slots', whole, 0);
    kernel.set(node, 'xa_node.slots', part, 2);
    kernel.set(disk, 'gendisk.part_tbl.xa_head', kernel.fold.toBig(node) + 2n);
    return (whole + at(kernel, 'block_device.bd_device')) as Kva;
  });
  classOf(kernel, devices);
  const dump = kernel.kernel();
  expect(readPartitions(dump)).toEqual([
    { major: 254, minor: 0, name: 'vda', sectors: 2048 },
    { major: 254, minor: 2, name: 'vda2', sectors: 2 },
  ]);
  expect(dump.faults.records).toEqual([]);
});
