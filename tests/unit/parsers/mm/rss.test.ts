import { expect, test } from 'vitest';
import { cachedRss, rssCounters } from '../../../../src/parsers/mm/rss.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

test('percpu_counter: the total and what each possible CPU holds', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('percpu_counter', { lock: 'u32', count: 'i64', counters: 'ptr' })
    .struct('mm_struct', { pgd: 'ptr', rss_stat: 'percpu_counter[4]' });
  const mm = made.make('mm_struct');
  const size = made.types.sizeOf('percpu_counter') ?? 0;
  const areas = [made.alloc(64), made.alloc(64)];
  const offsets = made.alloc(24);
  areas.forEach((area, cpu) => {
    made.poke((offsets + 16 * cpu) as typeof offsets, area);
  });
  made.symbol('__per_cpu_offset', offsets);
  const [mask, count] = [made.alloc(8), made.alloc(8)];
  made.poke(mask, 0b101, 1);
  made.poke(count, 3, 4);
  made.symbol('__cpu_possible_mask', mask);
  made.symbol('nr_cpu_ids', count);
  const stat = (mm + 8) as typeof mm;
  [100, 200, 0, 7].forEach((value, kind) => {
    const counter = (stat + kind * size) as typeof mm;
    made.poke((counter + 8) as typeof mm, value);
    made.poke((counter + 16) as typeof mm, kind * 4);
  });
  made.poke(areas[0] as typeof mm, -5, 4);
  made.poke(areas[1] as typeof mm, 3, 4);
  made.poke(((areas[1] as typeof mm) + 4) as typeof mm, 20, 4);
  const kernel = made.kernel();
  expect(kernel.trait(rssCounters)(kernel, mm)).toEqual({ file: 98, anon: 220, swap: 0, shmem: 7 });
  expect(kernel.trait(cachedRss)(kernel, mm)).toEqual({ file: 0, anon: 0, swap: 0, shmem: 0 });
});

test('before 6.2: the mm has atomic counts, and tasks keep some back', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('mm_rss_stat', { count: 'i64[4]' })
    .struct('task_rss_stat', { events: 'i32', count: 'i32[4]' })
    .struct('mm_struct', { pgd: 'ptr', rss_stat: 'mm_rss_stat' })
    .struct('task_struct', { flags: 'u32', rss_stat: 'task_rss_stat' });
  const [mm, task] = [made.make('mm_struct'), made.make('task_struct')];
  [300, 40, -8, 2].forEach((value, kind) => {
    made.set(mm, 'mm_struct.rss_stat.count', value, kind);
  });
  [10, -1, 8, 0].forEach((value, kind) => {
    made.set(task, 'task_struct.rss_stat.count', value, kind);
  });
  const kernel = made.kernel();
  expect(kernel.trait(rssCounters)(kernel, mm)).toEqual({ file: 300, anon: 40, swap: -8, shmem: 2 });
  expect(kernel.trait(cachedRss)(kernel, task)).toEqual({ file: 10, anon: -1, swap: 8, shmem: 0 });
});
