// A compressed RAM disk: struct zram, its table of pages, and what each of them holds. Mirrors
// drivers/block/zram/zram_drv.c.

import { type Kva, NULL } from '../../base/address.js';
import type { ZramDisk as ZramFacts } from '../../snapshot/swap.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, resolveTrait, type Trait } from '../kernel/trait.js';
import { type Offsets, offsets, sizeOf, type TypeSource } from '../types/types.js';
import { decodePage } from './codecs.js';
import { zramTypes } from './zram-types.js';
import { ZsPool } from './zsmalloc.js';

const PAGE_BYTES = 4096;
const DEVICE = { disk: 'bd_disk' } as const;
const DISK = { name: 'disk_name', private: 'private_data' } as const;
const NAME_BYTES = 32;
/** ZRAM_MAX_COMPS, of two bits in the flags. */
const MAX_ALGORITHMS = 4;
/** CRYPTO_MAX_ALG_NAME. */
const ALGORITHM_BYTES = 128;
const ZRAM = {
  table: 'table',
  pool: 'mem_pool',
  limit: 'limit_pages',
  bytes: 'disksize',
  stored: 'stats.pages_stored',
  compressed: 'stats.compr_data_size',
  same: 'stats.same_pages',
  huge: 'stats.huge_pages',
} as const;

/** Names by priority; an empty one where there is none. */
const zramAlgorithms: Trait<(kernel: Kernel, types: TypeSource, zram: Kva) => string[]> = {
  name: 'zram algorithms',
  eras: [
    {
      name: 'several, by priority',
      since: '6.2',
      commit: '7ac07a26dea7',
      evidence: 'zram.comp_algs',
      probe: hasMember('zram.comp_algs'),
      reader: namesOf,
    },
    {
      name: 'one',
      since: '3.15',
      commit: null,
      evidence: 'zram.compressor',
      probe: hasMember('zram.compressor'),
      reader: ({ mem }, types, zram) => {
        const { at } = offsets(types, 'zram', { at: 'compressor' });
        return [mem.cstr(zram, at, ALGORITHM_BYTES)];
      },
    },
  ],
};

const zramFlags: Trait<string> = {
  name: 'flags of a zram page',
  eras: [
    {
      name: 'beside a lock word',
      since: '7.0',
      commit: null,
      evidence: 'zram_table_entry.attr',
      probe: hasMember('zram_table_entry.attr.flags'),
      reader: 'attr.flags',
    },
    {
      name: 'own word',
      since: '4.14',
      commit: null,
      evidence: 'zram_table_entry.flags',
      probe: hasMember('zram_table_entry.flags'),
      reader: 'flags',
    },
  ],
};

function namesOf({ mem }: Kernel, types: TypeSource, zram: Kva): string[] {
  const { at } = offsets(types, 'zram', { at: 'comp_algs' });
  const count = Math.min(types.member('zram.comp_algs')?.count ?? 1, MAX_ALGORITHMS);
  const names = Array.from({ length: count }, (_, i) => mem.ptr(zram, at + i * 8));
  return names.map((name) => (name === NULL ? '' : mem.cstr(name, 0, ALGORITHM_BYTES)));
}

interface Layout {
  readonly types: TypeSource;
  readonly zram: Offsets<typeof ZRAM>;
  readonly entry: { readonly handle: number; readonly flags: number; readonly bytes: number };
  /** Bit numbers; the size stands below the first of all flags. */
  readonly bit: {
    readonly first: number;
    readonly same: number;
    readonly written: number;
    readonly huge: number;
  };
  /** Of two bits; undefined where there is one algorithm only. */
  readonly priorityBit: number | undefined;
}

const layoutOf = perKernel((kernel): Layout => {
  const types = zramTypes(kernel);
  const { reader: flags } = resolveTrait(zramFlags, types, kernel.symbols, kernel.mem).era;
  const bit = (name: string) => types.enumerator(name) ?? Number.POSITIVE_INFINITY;
  return {
    types,
    zram: offsets(types, 'zram', ZRAM),
    entry: {
      ...offsets(types, 'zram_table_entry', { handle: 'handle', flags }),
      bytes: sizeOf(types, 'zram_table_entry'),
    },
    bit: {
      first: Math.min(bit('ZRAM_LOCK'), bit('ZRAM_SAME')),
      same: bit('ZRAM_SAME'),
      written: bit('ZRAM_WB'),
      huge: bit('ZRAM_HUGE'),
    },
    priorityBit: types.enumerator('ZRAM_COMP_PRIORITY_BIT1'),
  };
});

/** The zram disk behind a block device; null where it is another kind of disk. Throws a fault. */
export function zramOfDevice(kernel: Kernel, device: Kva): ZramDisk | null {
  if (device === NULL) return null;
  const { mem } = kernel;
  const disk = mem.ptr(device, kernel.layout('block_device', DEVICE).disk);
  const at = kernel.layout('gendisk', DISK);
  const name = mem.cstr(disk, at.name, NAME_BYTES);
  return /^zram\d+$/.test(name) ? new ZramDisk(kernel, name, mem.ptr(disk, at.private)) : null;
}

export class ZramDisk {
  private readonly at: Layout;
  private readonly pool: ZsPool;
  private readonly algorithms: readonly string[];
  private readonly bytes: number;

  constructor(
    private readonly kernel: Kernel,
    readonly name: string,
    private readonly zram: Kva,
  ) {
    const { mem, symbols } = kernel;
    this.at = layoutOf(kernel);
    const { types } = this.at;
    this.pool = new ZsPool(kernel, mem.ptr(zram, this.at.zram.pool));
    this.algorithms = resolveTrait(zramAlgorithms, types, symbols, mem).era.reader(kernel, types, zram);
    this.bytes = mem.nat(zram, this.at.zram.bytes);
  }

  facts(): ZramFacts {
    const { at, zram, kernel } = this;
    const count = (member: keyof typeof ZRAM) => kernel.mem.nat(zram, at.zram[member]);
    return {
      name: this.name,
      algorithms: this.algorithms.filter((name) => name !== ''),
      stored: count('stored'),
      compressedBytes: count('compressed'),
      memoryPages: this.pool.pages,
      limitPages: count('limit'),
      same: count('same'),
      incompressible: count('huge'),
    };
  }

  /** Copies a page of the disk, by its number; throws a fault where it cannot be had. */
  copy(page: number, into: Uint8Array): void {
    const { mem } = this.kernel;
    const { entry, bit } = this.at;
    const table = mem.ptr(this.zram, this.at.zram.table);
    if (page * PAGE_BYTES >= this.bytes)
      throw mem.fault('bound', `page ${page} of ${this.name}, which is shorter`, this.zram);
    const at = (table + page * entry.bytes) as Kva;
    const flags = mem.u32(at, entry.flags);
    const has = (number: number) => Math.floor(flags / 2 ** number) % 2 === 1;
    const value = mem.u64(at, entry.handle);
    if (has(bit.written)) throw mem.fault('swapped', `${this.name} wrote the page to its backing device`, at);
    const size = flags % 2 ** bit.first;
    if (has(bit.same) || value === 0n) fillWith(into, value);
    else if (has(bit.huge) || size === PAGE_BYTES) into.set(this.pool.read(value, PAGE_BYTES));
    else this.decode(flags, this.pool.read(value, size), into);
  }

  private decode(flags: number, packed: Uint8Array, into: Uint8Array): void {
    const { priorityBit } = this.at;
    const priority = priorityBit === undefined ? 0 : (flags >>> priorityBit) & 3;
    decodePage(this.algorithms[priority] ?? '', packed, into);
  }
}

/** One word, over and over. */
function fillWith(page: Uint8Array, word: bigint): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; at += 8) view.setBigUint64(at, word, true);
}
