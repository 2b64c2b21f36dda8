import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { readLog } from '../../../../../src/parsers/system/log/log.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';

const HEADER_BYTES = 16;

class LogBuf {
  readonly made = new SyntheticKernel();
  readonly buffer: Kva;
  private readonly nextSequence: Kva;
  private count = 0;

  constructor(bytes: number, firstIndex = 0) {
    this.made.types.struct('printk_log', {
      ts_nsec: 'u64',
      len: 'u16',
      text_len: 'u16',
      dict_len: 'u16',
      facility: 'u8',
      flags: 'u8:5',
      level: 'u8:3',
    });
    this.buffer = this.made.alloc(bytes);
    this.variable('log_buf', 8, this.buffer);
    this.variable('log_buf_len', 4, bytes);
    this.variable('log_first_idx', 4, firstIndex);
    this.variable('log_first_seq', 8, 40);
    this.nextSequence = this.variable('log_next_seq', 8, 40);
  }

  private variable(name: string, bytes: number, value: number): Kva {
    const at = this.made.alloc(8);
    this.made.poke(at, value, bytes);
    this.made.symbol(name, at);
    return at;
  }

  /** Lays a record; returns the index behind it. */
  put(index: number, text: string, dictionary = ''): number {
    const at = (this.buffer + index) as Kva;
    const length = Math.ceil((HEADER_BYTES + text.length + dictionary.length) / 8) * 8;
    const set = (member: string, value: number) => this.made.set(at, `printk_log.${member}`, value);
    set('ts_nsec', 2_000_000_000 + this.count);
    set('len', length);
    set('text_len', text.length);
    set('dict_len', dictionary.length);
    set('facility', 1);
    set('level', 4);
    this.made.text((at + HEADER_BYTES) as Kva, text + dictionary);
    this.made.poke(this.nextSequence, 40 + ++this.count);
    return index + length;
  }
}

describe('records in log_buf', () => {
  test('are read to the end, around the wrap', () => {
    const log = new LogBuf(256, 136);
    const end = log.put(136, 'last but two', 'SUBSYSTEM=pci\0DEVICE=+pci:0000:00:01.0\0');
    expect(end).toBeLessThan(256);
    // A length of 0 (or no room for a header) sends the reader to the start.
    const next = log.put(0, 'at the start');
    log.put(next, 'the end');
    const records = readLog(log.made.kernel());
    expect(records.map(({ sequence, text }) => [sequence, text])).toEqual([
      [40, 'last but two'],
      [41, 'at the start'],
      [42, 'the end'],
    ]);
    expect(records[0]).toMatchObject({
      level: 4,
      facility: 1,
      caller: null,
      timestamp: 2_000_000_000,
      dictionary: ['SUBSYSTEM=pci', 'DEVICE=+pci:0000:00:01.0'],
    });
  });

  test('stop at one that cannot be', () => {
    const log = new LogBuf(256);
    const next = log.put(0, 'good');
    log.put(next, 'bad');
    log.made.set((log.buffer + next) as Kva, 'printk_log.len', 8);
    const kernel = log.made.kernel();
    expect(readLog(kernel).map(({ text }) => text)).toEqual(['good']);
    expect(kernel.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });

  test('end although the last sequence number is rubbish', () => {
    const log = new LogBuf(64);
    log.put(log.put(0, '12345678'), 'the end.........');
    log.made.poke(log.made.kernel().symbol('log_next_seq'), 1n << 60n);
    expect(readLog(log.made.kernel()).length).toBeLessThanOrEqual(4);
  });

  test('an empty log has none', () => {
    expect(readLog(new LogBuf(64).made.kernel())).toEqual([]);
  });
});
