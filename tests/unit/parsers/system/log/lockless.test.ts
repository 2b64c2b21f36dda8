import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { readLog } from '../../../../../src/parsers/system/log/log.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';

const COUNT_BITS = 2;
const SIZE_BITS = 7;
const COMMITTED = 1n;
const FINALIZED = 2n;
const REUSABLE = 3n;
/** As the kernel begins: one ring below 2^62, so that ids wrap soon. */
const FIRST_ID = (1n << 62n) - 4n;
const ID_MASK = (1n << 62n) - 1n;

function declare(made: SyntheticKernel): void {
  made.types
    .struct('dev_printk_info', { subsystem: 'char[16]', device: 'char[48]' })
    .struct('printk_info', {
      seq: 'u64',
      ts_nsec: 'u64',
      text_len: 'u16',
      facility: 'u8',
      flags: 'u8:5',
      level: 'u8:3',
      caller_id: 'u32',
      dev_info: 'dev_printk_info',
    })
    .struct('prb_data_blk_lpos', { begin: 'u64', next: 'u64' })
    .struct('prb_desc', { state_var: 'u64', text_blk_lpos: 'prb_data_blk_lpos' })
    .struct('prb_data_ring', { size_bits: 'u32', data: 'ptr', head_lpos: 'u64', tail_lpos: 'u64' })
    .struct('prb_desc_ring', {
      count_bits: 'u32',
      descs: 'ptr',
      infos: 'ptr',
      head_id: 'u64',
      tail_id: 'u64',
    })
    .struct('printk_ringbuffer', { desc_ring: 'prb_desc_ring', text_data_ring: 'prb_data_ring' });
}

class Ring {
  readonly made = new SyntheticKernel();
  readonly ring: Kva;
  readonly descs: Kva;
  readonly infos: Kva;
  readonly data: Kva;

  constructor() {
    declare(this.made);
    this.descs = this.made.alloc(24 << COUNT_BITS);
    this.infos = this.made.alloc(96 << COUNT_BITS);
    this.data = this.made.alloc(1 << SIZE_BITS);
    this.ring = this.made.make('printk_ringbuffer', {
      'desc_ring.count_bits': COUNT_BITS,
      'desc_ring.descs': this.descs,
      'desc_ring.infos': this.infos,
      'desc_ring.tail_id': FIRST_ID,
      'text_data_ring.size_bits': SIZE_BITS,
      'text_data_ring.data': this.data,
    });
    const prb = this.made.alloc(8);
    this.made.poke(prb, this.ring);
    this.made.symbol('prb', prb);
  }

  /** Puts record `n` into its slot, its text at `begin`…`next`; the text lies at `offset` of the ring. */
  put(n: number, text: string, begin: bigint, next: bigint, offset: number, state = FINALIZED): void {
    const id = (FIRST_ID + BigInt(n)) & ID_MASK;
    const slot = Number(id % 4n);
    const desc = (this.descs + slot * 24) as Kva;
    this.made.set(desc, 'prb_desc.state_var', (state << 62n) | id);
    this.made.set(desc, 'prb_desc.text_blk_lpos.begin', begin);
    this.made.set(desc, 'prb_desc.text_blk_lpos.next', next);
    const size = this.made.types.sizeOf('printk_info') as number;
    const info = (this.infos + slot * size) as Kva;
    this.made.set(info, 'printk_info.seq', n);
    this.made.set(info, 'printk_info.ts_nsec', 1_500_000_000n + BigInt(n));
    this.made.set(info, 'printk_info.text_len', text.length);
    this.made.set(info, 'printk_info.level', 6);
    this.made.set(info, 'printk_info.caller_id', n === 0 ? 0x8000_0001 : 7);
    this.made.poke((this.data + offset) as Kva, id);
    this.made.text((this.data + offset + 8) as Kva, text);
    this.made.set(this.ring, 'printk_ringbuffer.desc_ring.head_id', id);
  }

  read(): { texts: string[]; faults: string[] } {
    const kernel = this.made.kernel();
    const texts = readLog(kernel).map(({ text }) => text);
    return { texts, faults: kernel.faults.records.map((fault) => `${fault.kind} ${fault.path.at(-1)}`) };
  }
}

describe('the lockless log', () => {
  test('is read across the wrap of ids and of texts', () => {
    const ring = new Ring();
    ring.put(0, 'first', 0n, 16n, 0);
    ring.put(1, 'second', 16n, 32n, 16);
    ring.put(2, 'a text that lies at the start of the ring', 112n, 128n + 56n, 0);
    ring.put(3, '', 3n, 3n, 64, COMMITTED);
    // The third text has overwritten the first two.
    expect(ring.read()).toEqual({
      texts: ['a text that lies at the start of the ring', ''],
      faults: ['corrupt log record 0', 'corrupt log record 1'],
    });
  });

  test('gives all that a record says', () => {
    const ring = new Ring();
    ring.put(0, 'usb 1-1: new device\nand more', 0n, 48n, 0);
    ring.made.set(ring.infos, 'printk_info.dev_info.subsystem', 'usb');
    ring.made.set(ring.infos, 'printk_info.dev_info.device', 'c189:1');
    ring.made.set(ring.infos, 'printk_info.facility', 3);
    expect(readLog(ring.made.kernel())).toEqual([
      {
        sequence: 0,
        timestamp: 1_500_000_000,
        level: 6,
        facility: 3,
        caller: 'C1',
        text: 'usb 1-1: new device\nand more',
        dictionary: ['SUBSYSTEM=usb', 'DEVICE=c189:1'],
      },
    ]);
  });

  test('may fill the ring to its very end', () => {
    const ring = new Ring();
    ring.put(0, 'x'.repeat(104), 16n, 128n, 16);
    expect(ring.read()).toEqual({ texts: ['x'.repeat(104)], faults: [] });
  });

  test('leaves out what was given up, and tells of what was being written', () => {
    const ring = new Ring();
    ring.put(0, 'gone', 0n, 16n, 0, REUSABLE);
    ring.put(1, 'half', 16n, 32n, 16, 0n);
    ring.put(2, 'whole', 32n, 48n, 32);
    expect(ring.read()).toEqual({ texts: ['whole'], faults: ['corrupt log record 1'] });
  });

  test('that is rubbish ends soon', () => {
    const ring = new Ring();
    ring.put(0, 'one', 0n, 16n, 0);
    ring.made.set(ring.ring, 'printk_ringbuffer.desc_ring.head_id', FIRST_ID - 1n);
    expect(ring.read()).toEqual({
      texts: ['one'],
      faults: ['corrupt printk ring buffer', 'corrupt kernel log'],
    });
    ring.made.set(ring.ring, 'printk_ringbuffer.desc_ring.count_bits', 60);
    expect(ring.read().texts).toEqual([]);
  });

  test('of bad records only is given up', () => {
    const ring = new Ring();
    ring.made.set(ring.ring, 'printk_ringbuffer.desc_ring.count_bits', 20);
    ring.made.set(ring.ring, 'printk_ringbuffer.text_data_ring.size_bits', 25);
    ring.made.set(ring.ring, 'printk_ringbuffer.desc_ring.head_id', 5000);
    ring.made.set(ring.ring, 'printk_ringbuffer.desc_ring.descs', -4096);
    const kernel = ring.made.kernel();
    expect(readLog(kernel)).toEqual([]);
    expect(kernel.faults.count).toBe(1000);
  });

  test('whose text has no possible place costs only that record', () => {
    const ring = new Ring();
    ring.put(0, 'bad', 100n, 1000n, 0);
    ring.put(1, 'good', 0n, 16n, 0);
    expect(ring.read()).toEqual({ texts: ['good'], faults: ['corrupt log record 0'] });
  });
});
