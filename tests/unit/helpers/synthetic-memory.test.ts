import { describe, expect, test } from 'vitest';
import { SyntheticKernel } from './synthetic-memory.js';

describe('a made-up kernel', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('task_struct', { pid: 'i32', flag: 'u32:1', rest: 'u32:7', comm: 'char[16]', tasks: 'list_head' })
    .enum({ PIDTYPE_SID: 3 });

  test('lays members out as C does', () => {
    expect(made.types.member('task_struct.tasks.prev')).toEqual({
      offset: 32,
      size: 8,
      bits: null,
      count: null,
    });
    expect(made.types.member('task_struct.rest')?.bits).toEqual({ offset: 1, width: 7 });
    expect(made.types.sizeOf('task_struct')).toBe(40);
    expect(made.types.enumerator('PIDTYPE_SID')).toBe(3);
  });

  test('reads back what was laid', () => {
    const one = made.make('task_struct', { pid: -1, comm: 'init', flag: 1, rest: 5 });
    made.set(one, 'task_struct.tasks.next', one);
    made.symbol('init_task', one);
    const kernel = made.kernel();
    expect(kernel.mem.i32(kernel.symbol('init_task'))).toBe(-1);
    expect(kernel.mem.u32(one, 4)).toBe(0x0b);
    expect(kernel.mem.cstr(one, 8, 16)).toBe('init');
    expect(kernel.mem.ptr(one, 24)).toBe(one);
    expect(kernel.symbols.nearest(one)).toEqual({ name: 'init_task', offset: 0, module: null });
  });

  test('has holes', () => {
    const gone = made.alloc(4096, 4096);
    made.hole(gone);
    expect(() => made.memory().u8(gone)).toThrow('not in the image');
  });
});
