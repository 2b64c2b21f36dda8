import { expect, test } from 'vitest';
import { descriptor, readSegments } from '../../../../src/parsers/threads/segments.js';
import { asleep, MadeThread } from './made-thread.js';

const THREAD = {
  ...{ tls_array: 'u64[3]', sp: 'u64', es: 'u16', ds: 'u16', fsindex: 'u16', gsindex: 'u16' },
  ...{ fsbase: 'u64', gsbase: 'u64' },
};

/** set_thread_area(2) with base 0x12345678, limit 0xfffff pages: as the Intel manual lays a descriptor out. */
const RAW = 0x12df_f234_5678_ffffn;

test('a descriptor’s base and limit, out of their pieces', () => {
  expect(descriptor(12, RAW)).toEqual({
    ...{ entry: 12, base: '0x12345678', limit: 0xffff_ffff, raw: '0x12dff2345678ffff' },
  });
  expect(descriptor(13, RAW & ~(1n << 55n)).limit).toBe(0xf_ffff);
});

test('bases and selectors of a thread; of TLS only what is present', () => {
  const made = new MadeThread();
  made.types.struct('thread_struct', THREAD);
  made.thread({ thread: 'thread_struct' });
  made.set(made.task, 'task_struct.thread.fsbase', 0xffff_7fff_1234_5678n);
  made.set(made.task, 'task_struct.thread.gsindex', 0x63);
  made.set(made.task, 'task_struct.thread.tls_array', RAW, 1);
  const found = readSegments(made.kernel(), asleep(), made.task, null);
  expect(found).toMatchObject({
    fsBase: '0xffff7fff12345678',
    gsBase: '0x0',
    gs: 0x63,
    source: 'thread_struct',
  });
  expect(found.tls.map(({ entry }) => entry)).toEqual([13]);
  expect(readSegments(made.kernel(), asleep({ onCpu: true }), made.task, null).mayBeStale).toBe(true);
});
