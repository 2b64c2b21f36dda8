// The machine: modules, the log, the kernel's own tables.

import type { Hex } from '../../../src/base/address.js';
import { machineOf } from '../../../src/parsers/parts/machine.js';
import { modulesOf } from '../../../src/parsers/parts/system.js';
import { type Damage, POISON } from './damage.js';

export const SYSTEM: readonly Damage[] = [
  {
    what: 'a list of modules that leads back into itself',
    change: (on) => {
      const [first, , third] = modulesOf(on.sound) as readonly { address: Hex }[];
      on.set(
        (third as { address: Hex }).address,
        'module.list',
        on.at((first as { address: Hex }).address, 'module.list'),
      );
    },
    show: ['modules', 'sym --module vsock', 'bt'],
    faults: ['loop', 'corrupt'],
  },
  {
    what: 'a list of modules that leads nowhere',
    change: (on) => on.word(on.symbol('modules'), POISON),
    show: ['modules', 'sym ffffffffc0000000'],
    faults: ['bad-pointer', 'not-mapped'],
  },
  {
    what: 'descriptors of the log full of ones',
    change: (on) => {
      const ring = on.sound.kernel.mem.u64(on.sound.kernel.symbol('prb'));
      const descriptors = on.get(ring, 'printk_ringbuffer.desc_ring.descs');
      for (let page = 0n; page < 4n; page++)
        on.write(descriptors + page * 4096n, new Uint8Array(4096).fill(0xff));
    },
    show: ['dmesg', 'overview'],
    faults: ['corrupt', 'bound', 'hole', 'not-mapped'],
  },
  {
    what: 'a log whose sizes are impossible',
    change: (on) => {
      const ring = on.sound.kernel.mem.u64(on.sound.kernel.symbol('prb'));
      on.set(ring, 'printk_ringbuffer.desc_ring.count_bits', 63);
      on.set(ring, 'printk_ringbuffer.text_data_ring.size_bits', 63);
    },
    show: ['dmesg', 'overview'],
    faults: ['corrupt', 'bound'],
  },
  ...['saved_command_line', 'init_uts_ns', '__per_cpu_offset', 'vmcoreinfo_data', 'swapper_spaces'].map(
    (symbol): Damage => ({
      what: `ones in ${symbol}`,
      change: (on) => {
        if (on.sound.kernel.symbols.address(symbol) === undefined) return;
        on.write(on.symbol(symbol), new Uint8Array(64).fill(0xff));
      },
      show: ['overview', 'ps', 'bt', 'info'],
      faults: [],
    }),
  ),
  {
    what: 'a list of slab caches that leads nowhere',
    change: (on) => on.word(on.symbol('slab_caches'), POISON),
    show: ['slab', 'slab --size'],
    faults: ['bad-pointer', 'not-mapped'],
  },
  {
    what: 'slab caches of impossible orders',
    change: (on) => {
      for (const { address } of machineOf(on.sound).slabs) on.set(address, 'kmem_cache.oo', 0x7fff_0001);
    },
    show: ['slab'],
    faults: ['corrupt'],
  },
  {
    what: 'counters of memory full of ones, and no names for them',
    change: (on) => {
      for (const symbol of ['vm_zone_stat', 'vm_node_stat', 'vmstat_text'])
        on.write(on.symbol(symbol), new Uint8Array(64).fill(0xff));
    },
    show: ['vmstat', 'overview'],
    faults: ['not-mapped', 'bad-pointer', 'hole'],
  },
  {
    what: 'a class of disks that leads nowhere',
    change: (on) => on.word(on.symbol('class_kset'), POISON),
    show: ['dev', 'dev --partitions'],
    faults: ['bad-pointer', 'not-mapped'],
  },
  {
    what: 'a kernel page table that is its own table',
    change: (on) => {
      const table =
        on.sound.kernel.symbols.address('init_top_pgt') === undefined ? 'init_level4_pgt' : 'init_top_pgt';
      const at = on.phys(on.symbol(table));
      // Everything but the kernel image: vmalloc, vmemmap, the direct map.
      for (let entry = 256; entry < 511; entry++) on.overlay.u64(at + entry * 8, BigInt(at) | 0x67n);
    },
    show: ['overview', 'ps', 'modules', 'pages --all'],
    faults: [],
  },
];
