import { expect, test } from 'vitest';
import { readSeccomp } from '../../../../src/parsers/signals/seccomp.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function made() {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('seccomp', { mode: 'i32', filter_count: 'i32', filter: 'ptr' })
    .struct('task_struct', { seccomp: 'seccomp' })
    .struct('sock_fprog_kern', { len: 'u16', filter: 'ptr' })
    .struct('bpf_prog', { pages: 'u16', len: 'u32', orig_prog: 'ptr' })
    .struct('seccomp_filter', { refs: 'i32', log: 'bool', prev: 'ptr', prog: 'ptr', notif: 'ptr' })
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' });
  return kernel;
}

test('the last filter first, with the sizes it had and has', () => {
  const kernel = made();
  const orig = kernel.make('sock_fprog_kern', { len: 7 });
  const old = kernel.make('seccomp_filter', { prog: kernel.make('bpf_prog', { len: 12, orig_prog: orig }) });
  const prog = kernel.make('bpf_prog', { len: 3 });
  const young = kernel.make('seccomp_filter', { prog, prev: old, log: 1, notif: old });
  const task = kernel.make('task_struct', { 'seccomp.mode': 2, 'seccomp.filter': young });
  expect(readSeccomp(kernel.kernel(), task)).toMatchObject({
    mode: 2,
    filters: [
      { instructions: null, translated: 3, log: true, listener: true },
      { instructions: 7, translated: 12, log: false, listener: false },
    ],
  });
});

test('a chain that bites its tail ends', () => {
  const kernel = made();
  const filter = kernel.make('seccomp_filter', { prog: kernel.make('bpf_prog', { len: 1 }) });
  kernel.set(filter, 'seccomp_filter.prev', filter);
  const task = kernel.make('task_struct', { 'seccomp.filter': filter });
  const read = kernel.kernel();
  expect(readSeccomp(read, task).filters).toHaveLength(1);
  expect(read.faults.records.map(({ kind }) => kind)).toEqual(['loop']);
});

test('filters that cannot be read leave the mode: it is no task without a filter', () => {
  const kernel = made();
  const task = kernel.make('task_struct', { 'seccomp.mode': 2, 'seccomp.filter': 0x1234 });
  const read = kernel.kernel();
  expect(readSeccomp(read, task)).toEqual({ mode: 2, filters: [] });
  expect(read.faults.records.map(({ kind }) => kind)).toEqual(['bad-pointer']);
});
