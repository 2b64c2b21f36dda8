import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { readCrashImage } from '../../../../../src/parsers/system/machine/crash-image.js';
import { readDeviceNumbers } from '../../../../../src/parsers/system/machine/devices.js';
import { readRunQueues } from '../../../../../src/parsers/system/machine/run-queues.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';
import { pointer, twoCpus } from './made.js';

describe('what is loaded for a crash', () => {
  function made(segments: number): SyntheticKernel {
    const kernel = new SyntheticKernel();
    kernel.types
      .struct('kexec_segment', { kbuf: 'ptr', bufsz: 'u64', mem: 'u64', memsz: 'u64' })
      .struct('kimage', { start: 'u64', nr_segments: 'u64', segment: 'kexec_segment[16]', file_mode: 'u32' });
    const image = kernel.make('kimage', { start: 0x3000_0000, nr_segments: segments, file_mode: 1 });
    const first = kernel.types.member('kimage.segment')?.offset ?? Number.NaN;
    for (const [n, [start, bytes]] of [
      [0x3000_0000, 0x5000],
      [0x3010_0000, 0x20_0000],
    ].entries()) {
      const each = (image + first + n * 32) as Kva;
      kernel.poke((each + 16) as Kva, start as number);
      kernel.poke((each + 24) as Kva, bytes as number);
    }
    pointer(kernel, 'kexec_crash_image', image);
    return kernel;
  }

  test('its entry and segments', () => {
    expect(readCrashImage(made(2).kernel())).toMatchObject({
      entry: 0x3000_0000,
      byFile: true,
      segments: [
        { start: 0x3000_0000, end: 0x3000_5000 },
        { start: 0x3010_0000, end: 0x3030_0000 },
      ],
    });
  });

  test('more segments than an image can have is a fault', () => {
    expect(() => readCrashImage(made(17).kernel())).toThrow('an image of 17 segments');
  });

  test('none', () => {
    const kernel = new SyntheticKernel();
    pointer(kernel, 'kexec_crash_image', 0 as Kva);
    expect(readCrashImage(kernel.kernel())).toBeNull();
  });
});

describe('device numbers', () => {
  function table(made: SyntheticKernel, symbol: string, heads: Readonly<Record<number, Kva>>): void {
    const at = made.alloc(255 * 8);
    for (const [bucket, head] of Object.entries(heads)) {
      made.poke((at + Number(bucket) * 8) as Kva, made.fold.toBig(head));
    }
    made.symbol(symbol, at);
  }

  test('by major number, each chain in its order; a chain that loops is cut and told', () => {
    const made = new SyntheticKernel();
    made.types
      .struct('char_device_struct', {
        next: 'ptr',
        major: 'u32',
        baseminor: 'u32',
        minorct: 'i32',
        name: 'char[64]',
      })
      .struct('blk_major_name', { next: 'ptr', major: 'i32', name: 'char[16]' });
    const second = made.make('char_device_struct', { major: 4, name: 'ttyS' });
    const first = made.make('char_device_struct', { next: second, major: 4, name: 'tty' });
    const high = made.make('char_device_struct', { major: 256, name: 'high' });
    const loop = made.make('blk_major_name', { major: 8, name: 'sd' });
    made.set(loop, 'blk_major_name.next', loop);
    table(made, 'chrdevs', { 1: high, 4: first });
    table(made, 'major_names', { 8: loop });
    const kernel = made.kernel();
    expect(readDeviceNumbers(kernel)).toEqual({
      character: [
        { major: 4, name: 'tty' },
        { major: 4, name: 'ttyS' },
        { major: 256, name: 'high' },
      ],
      block: [{ major: 8, name: 'sd' }],
    });
    expect(kernel.faults.records.map(({ kind }) => kind)).toEqual(['loop']);
  });
});

test('a run queue that cannot be read costs only itself', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('rt_rq', { rt_nr_running: 'u32' })
    .struct('dl_rq', { dl_nr_running: 'u32' })
    .struct('rq', { nr_running: 'u32', curr: 'ptr', nr_switches: 'u64', rt: 'rt_rq', dl: 'dl_rq' })
    .struct('task_struct', { pid: 'i32' });
  const areas = twoCpus(made);
  made.symbol('runqueues', 0x100 as Kva);
  const task = made.make('task_struct', { pid: 77 });
  const rq = (areas[1] + 0x100) as Kva;
  made.set(rq, 'rq.curr', task);
  made.set(rq, 'rq.nr_running', 3);
  made.set(rq, 'rq.nr_switches', 1234);
  made.set(rq, 'rq.rt.rt_nr_running', 1);
  const kernel = made.kernel();
  const found = [{ cpu: 1, current: 77, running: 3, realTime: 1, deadline: 0, switches: 1234 }];
  expect(readRunQueues(kernel)).toEqual(found);
  expect(kernel.faults.count).toBe(1);
});
