// Swap areas: the array swap_info of struct swap_info_struct. Mirrors mm/swapfile.c.

import { type Kva, NULL } from '../../base/address.js';
import type { SwapArea, SwapExtent, SwapFlag } from '../../snapshot/swap.js';
import { readInode } from '../fs/inode.js';
import { pathOf, readPath } from '../fs/path.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Trait } from '../kernel/trait.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import { cachedSlots } from './cached-slots.js';
import { zramOfDevice } from './zram-disk.js';

const AREA = {
  flags: 'flags',
  priority: 'prio',
  slots: 'max',
  pages: 'pages',
  used: 'inuse_pages',
  file: 'swap_file',
  device: 'bdev',
  extents: 'swap_extent_root',
} as const;
const EXTENT = { node: 'rb_node', start: 'start_page', pages: 'nr_pages', block: 'start_block' } as const;
const FILE = { path: 'f_path', inode: 'f_inode' } as const;
/** MAX_SWAPFILES is less. */
const MAX_AREAS = 32;
const SWP_USED = 1;
const FLAGS: readonly (readonly [bit: number, name: SwapFlag])[] = [
  [1 << 1, 'writeok'],
  [1 << 2, 'discard'],
  [1 << 4, 'solid-state'],
  [1 << 6, 'block-device'],
  [1 << 8, 'fs-ops'],
  [1 << 12, 'synchronous-io'],
];
const MAX_EXTENTS = 1 << 20;
/** SWAP_USAGE_OFFLIST_BIT: the area is full or off the list of those to allocate from. */
const OFF_LIST = 2 ** 30;

export const swapUsage: Trait<(kernel: Kernel, area: Kva, at: number) => number> = {
  name: 'used pages of a swap area',
  eras: [
    {
      name: 'atomic, with a flag',
      since: '6.14',
      commit: null,
      evidence: 'swap_info_struct.inuse_pages of 8 bytes',
      probe: (types) => types.member('swap_info_struct.inuse_pages')?.size === 8,
      reader: (kernel, area, at) => {
        const value = kernel.mem.nat(area, at);
        return Math.floor(value / OFF_LIST) % 2 === 1 ? value - OFF_LIST : value;
      },
    },
    {
      name: 'count',
      since: '2.6',
      commit: null,
      evidence: 'swap_info_struct.inuse_pages',
      probe: (types) => types.member('swap_info_struct.inuse_pages') !== undefined,
      reader: (kernel, area, at) => kernel.mem.u32(area, at),
    },
  ],
};

/** Every area that is in use, by its type. */
export function readSwapAreas(kernel: Kernel): readonly SwapArea[] {
  const { mem, faults, symbols } = kernel;
  const count = symbols.address('nr_swapfiles');
  if (symbols.address('swap_info') === undefined || count === undefined) return [];
  const areas: SwapArea[] = [];
  for (let type = 0; type < Math.min(mem.u32(count), MAX_AREAS); type++) {
    const read = () => readArea(kernel, areaAt(kernel, type), type);
    const area = faults.guard(`swap area ${type}`, read, null);
    if (area !== null) areas.push(area);
  }
  return areas;
}

/** struct swap_info_struct of a type; NULL where there never was an area of it. */
export function areaAt(kernel: Kernel, type: number): Kva {
  return type < MAX_AREAS ? kernel.mem.ptr(kernel.symbol('swap_info'), type * 8) : NULL;
}

/** Null where nothing is swapped on there: struct swap_info_struct is used again. */
function readArea(kernel: Kernel, area: Kva, type: number): SwapArea | null {
  if (area === NULL) return null;
  const { mem, faults } = kernel;
  const at = kernel.layout('swap_info_struct', AREA);
  const flags = mem.u32(area, at.flags);
  const file = mem.ptr(area, at.file);
  if (!(flags & SWP_USED) || file === NULL) return null;
  const { path, inode } = kernel.layout('file', FILE);
  const { type: kind, rdev, device } = readInode(kernel, mem.ptr(file, inode));
  return {
    address: mem.hex(area),
    type,
    path: pathOf(kernel, readPath(kernel, (file + path) as Kva)),
    kind: kind === 'block' ? 'partition' : 'file',
    device: kind === 'block' ? rdev : device,
    pages: mem.u32(area, at.pages),
    used: kernel.trait(swapUsage)(kernel, area, at.used),
    slots: mem.u32(area, at.slots),
    priority: (mem.u16(area, at.priority) << 16) >> 16,
    flags: FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    cached: faults.guard('swap cache', () => countCached(kernel, area, type), 0),
    extents: readExtents(kernel, (area + at.extents) as Kva),
    zram: faults.guard('zram', () => zramOfDevice(kernel, mem.ptr(area, at.device))?.facts() ?? null, null),
  };
}

function countCached(kernel: Kernel, area: Kva, type: number): number {
  let count = 0;
  kernel.trait(cachedSlots)(kernel, { address: area, type }, () => count++);
  return count;
}

/** In order of slots. */
export function readExtents(kernel: Kernel, root: Kva): SwapExtent[] {
  const at = kernel.layout('swap_extent', EXTENT);
  const found: SwapExtent[] = [];
  const take = (extent: Kva) => {
    const { mem } = kernel;
    found.push({
      start: mem.nat(extent, at.start),
      pages: mem.nat(extent, at.pages),
      block: mem.nat(extent, at.block),
    });
  };
  forEachRbEntry(kernel, root, at.node, take, MAX_EXTENTS);
  return found;
}
