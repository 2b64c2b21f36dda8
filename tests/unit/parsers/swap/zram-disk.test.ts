import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { loadLz4 } from '../../../../src/parsers/image/lazy.js';
import { type ZramDisk, zramOfDevice } from '../../../../src/parsers/swap/zram-disk.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { MadeZram, NEW, OLD, PAGE } from './made-zram.js';

/** Bytes that lz4 shortens to some 3 KiB: an object of it seldom ends in the page in which it begins. */
function contents(seed: number): Uint8Array {
  const page = new Uint8Array(PAGE);
  for (let i = 0, x = seed + 1; i < PAGE; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    page[i] = i > 3000 ? seed : x >>> 16;
  }
  return page;
}

function lz4(page: Uint8Array): Uint8Array {
  const packed = Buffer.alloc(loadLz4().bindings.compressBound(PAGE));
  return packed.subarray(0, loadLz4().bindings.compress(Buffer.from(page), packed));
}

const diskOf = (made: MadeZram) => zramOfDevice(made.kernel(), made.device) as ZramDisk;
const copy = (disk: ZramDisk, page: number) => {
  const into = new Uint8Array(PAGE);
  disk.copy(page, into);
  return into;
};

describe.each([
  ['one algorithm, page index', OLD],
  ['several, zpdesc', NEW],
])('a zram disk: %s', (_name, era) => {
  test('tells what it holds', () => {
    expect(diskOf(new MadeZram(era, ['lz4'])).facts()).toEqual({
      name: 'zram0',
      algorithms: ['lz4'],
      stored: 5,
      compressedBytes: 1234,
      memoryPages: 77,
      limitPages: 0,
      same: 2,
      incompressible: 1,
    });
  });

  test('gives pages whose objects lie in one page or across two', () => {
    const made = new MadeZram(era, ['lz4']);
    for (let page = 0; page < 16; page++) {
      const packed = lz4(contents(page));
      expect(packed.length).toBeGreaterThan(2900);
      expect(packed.length).toBeLessThan(3256);
      made.store(page, packed);
    }
    const disk = diskOf(made);
    for (let page = 0; page < 16; page++) expect(copy(disk, page)).toEqual(contents(page));
  });

  test('gives what did not compress, what is one word, and what was never written', () => {
    const made = new MadeZram(era, ['lz4']);
    made.storeHuge(1, contents(9));
    made.put(2, 0x0123_4567_89ab_cdefn, 2 ** era.bit.same);
    const disk = diskOf(made);
    expect(copy(disk, 1)).toEqual(contents(9));
    expect(Buffer.from(copy(disk, 2)).toString('hex')).toBe('efcdab8967452301'.repeat(512));
    expect(copy(disk, 3).every((byte) => byte === 0)).toBe(true);
  });

  test('refuses what is not there, with a fault', () => {
    const made = new MadeZram(era, ['lz4']);
    made.put(1, 77, 2 ** era.bit.written);
    made.store(2, lz4(contents(1)).subarray(0, 900));
    made.store(3, new Uint8Array(PAGE - 400));
    made.put(4, BigInt(made.fold.toBig(made.alloc(8))), 700);
    made.put(5, 0xdead_0000_0000_0100n, 700);
    const disk = diskOf(made);
    expect(() => copy(disk, 1)).toThrow('backing device');
    expect(() => copy(disk, 2)).toThrow('a page compressed with lz4');
    expect(() => copy(disk, 3)).toThrow('3696 bytes in an object of 3256');
    expect(() => copy(disk, 4)).toThrow('a handle that no object of its zspage has');
    expect(() => copy(disk, 5)).toThrow();
    expect(() => copy(disk, 40)).toThrow('page 40 of zram0, which is shorter');
  });
});

test('a page that was compressed again is read by its priority', () => {
  const made = new MadeZram(NEW, ['lzo-rle', 'lz4', '', 'deflate']);
  made.store(0, lz4(contents(3)), 1);
  made.store(1, deflateRawSync(contents(4)), 3);
  made.store(2, lz4(contents(3)), 2);
  const disk = diskOf(made);
  expect(disk.facts().algorithms).toEqual(['lzo-rle', 'lz4', 'deflate']);
  expect(copy(disk, 0)).toEqual(contents(3));
  expect(copy(disk, 1)).toEqual(contents(4));
  expect(() => copy(disk, 2)).toThrow('no decoder');
});

test('other disks are none, and 842 has no decoder', () => {
  const other = new MadeZram(NEW, ['lz4'], 'vda');
  expect(zramOfDevice(other.kernel(), other.device)).toBeNull();
  expect(zramOfDevice(other.kernel(), 0 as Kva)).toBeNull();
  const made = new MadeZram(NEW, ['842']);
  made.store(0, new Uint8Array(100));
  expect(() => copy(diskOf(made), 0)).toThrow('no decoder for pages compressed with 842');
});

/** Offsets as pahole gives them for Debian's 5.10, whose modules tell no types. */
test.each([
  ['neither', [], 16, 184],
  ['writeback and tracking', ['backing_dev_store', 'read_block_state'], 24, 208],
])('without types of modules: %s', (_name, functions, entryBytes, sizeAt) => {
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('rw_semaphore', { count: 'u64', owner: 'u64', osq: 'u64', waiters: 'list_head' })
    .struct('spinlock_t', { lock: 'u32' }, 4)
    .struct('page', { flags: 'u64', lru: 'list_head', mapping: 'ptr', index: 'u64', private: 'u64' }, 64)
    .struct('gendisk', { disk_name: 'char[32]', private_data: 'ptr' })
    .struct('block_device', { bd_disk: 'ptr' });
  const [zram, table, pool] = [made.alloc(512), made.alloc(512), made.alloc(4096)];
  made.poke(zram, table);
  made.poke((zram + 8) as Kva, pool);
  made.poke((zram + 80) as Kva, 4321); // compr_data_size
  made.poke((zram + 80 + 9 * 8) as Kva, 6); // pages_stored
  made.poke((zram + sizeAt) as Kva, 8 * PAGE);
  made.text((zram + sizeAt + 8) as Kva, 'lzo-rle');
  made.poke((pool + 8 + 255 * 8 + 16) as Kva, 3);
  made.poke((table + 2 * entryBytes) as Kva, 0x4242_4242_4242_4242n);
  made.poke((table + 2 * entryBytes + 8) as Kva, 1 << 25);
  const disk = made.make('gendisk', { disk_name: 'zram1', private_data: zram });
  const kernel = made.kernel();
  Object.assign(kernel.symbols, {
    addressInModules: (name: string) => ((functions as string[]).includes(name) ? zram : undefined),
  });
  const found = zramOfDevice(kernel, made.make('block_device', { bd_disk: disk })) as ZramDisk;
  expect(found.facts()).toMatchObject({
    name: 'zram1',
    algorithms: ['lzo-rle'],
    stored: 6,
    compressedBytes: 4321,
    memoryPages: 3,
  });
  expect(copy(found, 2).every((byte) => byte === 0x42)).toBe(true);
});
