import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readPipe } from '../../../../src/parsers/descriptors/pipe.js';
import { contentsOf } from '../../../../src/snapshot/bytes.js';
import { MadeDescriptors } from './made-descriptors.js';

const ERAS = ['first and count', 'head and tail'] as const;
const FRAMES = 1 << 16;

class MadePipe extends MadeDescriptors {
  private readonly map: Kva;
  lastPage = 0 as Kva;

  constructor(readonly era: (typeof ERAS)[number]) {
    super();
    const ring =
      era === 'head and tail'
        ? { head: 'u32', tail: 'u32', max_usage: 'u32', ring_size: 'u32' }
        : { nrbufs: 'u32', curbuf: 'u32', buffers: 'u32' };
    this.types
      .struct('page', { flags: 'u64', compound_head: 'u64', mapping: 'ptr' }, 64)
      .struct('pipe_inode_info', { ...ring, readers: 'u32', writers: 'u32', bufs: 'ptr' })
      .struct('pipe_buffer', { page: 'ptr', offset: 'u32', len: 'u32', ops: 'ptr', flags: 'u32' }, 40);
    this.map = this.alloc(FRAMES * 64, 4096);
    const [base, frames] = [this.alloc(8), this.alloc(8)];
    this.poke(base, this.map);
    this.poke(frames, FRAMES);
    this.symbol('vmemmap_base', base);
    this.symbol('max_pfn', frames);
  }

  /** A pipe of 4 slots with these texts, the first of them in slot `first`. */
  pipe(texts: readonly string[], first: number, count = texts.length): Kva {
    const bufs = this.alloc(4 * 40);
    for (const [i, text] of texts.entries()) {
      const page = this.alloc(4096, 4096);
      this.text((page + 100) as Kva, text);
      this.lastPage = page;
      const slot = (bufs + ((first + i) % 4) * 40) as Kva;
      this.set(slot, 'pipe_buffer.page', this.map + (this.phys(page) / 4096) * 64);
      this.set(slot, 'pipe_buffer.offset', 100);
      this.set(slot, 'pipe_buffer.len', text.length);
      this.set(slot, 'pipe_buffer.flags', 16);
    }
    const ring =
      this.era === 'head and tail'
        ? { head: (first + count) % 2 ** 32, tail: first, max_usage: 4, ring_size: 4 }
        : { nrbufs: count, curbuf: first % 4, buffers: 4 };
    return this.make('pipe_inode_info', { ...ring, readers: 1, writers: 2, bufs });
  }

  readBack(pipe: Kva) {
    const inode = this.inode(1, 1);
    this.set(inode, 'inode.i_pipe', pipe);
    return readPipe(this.open({ f_inode: inode }));
  }
}

describe.each(ERAS)('a pipe by %s', (era) => {
  test.each([0, 3])('its buffers from slot %i on, around the ring', (first) => {
    const made = new MadePipe(era);
    const found = made.readBack(made.pipe(['one', 'two', 'three'], first));
    expect(made.faults.records).toEqual([]);
    expect(found).toMatchObject({ readers: 1, writers: 2, capacity: 4, bytes: 11 });
    const held = found?.buffers.map(({ contents }) => Buffer.from(contentsOf(contents)).toString());
    expect(held).toEqual(['one', 'two', 'three']);
  });

  test('more buffers than slots are a fault', () => {
    const made = new MadePipe(era);
    expect(() => made.readBack(made.pipe(['one'], 0, 5))).toThrow('5 buffers in a pipe of 4');
  });
});

test('counters that went over 2^32', () => {
  const made = new MadePipe('head and tail');
  expect(made.readBack(made.pipe(['a', 'b'], 2 ** 32 - 1))?.bytes).toBe(2);
});

test('a page that is not there costs its buffer the contents', () => {
  const made = new MadePipe('head and tail');
  const pipe = made.pipe(['lost'], 0);
  made.hole(made.lastPage);
  const found = made.readBack(pipe);
  expect(found?.buffers.map(({ contents }) => contents)).toEqual([{ bytes: 4, base64: '' }]);
  expect(made.faults.records.map(({ kind }) => kind)).toEqual(['hole']);
});
