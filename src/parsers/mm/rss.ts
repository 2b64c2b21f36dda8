// How many pages of each kind an mm has, by the kernel's own counters: MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS and
// MM_SHMEMPAGES (include/linux/mm_types_task.h). Each CPU's share is summed, as /proc does not; so these are exact.

import type { Kva } from '../../base/address.js';
import type { RssCounters } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

export const NO_COUNTERS: RssCounters = { file: 0, anon: 0, swap: 0, shmem: 0 };

const PER_CPU = { stat: 'rss_stat' } as const;
const COUNTER = { count: 'count', parts: 'counters' } as const;
const ATOMIC = { count: 'rss_stat.count' } as const;
const LONG = 8;

export const rssCounters: Trait<(kernel: Kernel, mm: Kva) => RssCounters> = {
  name: 'resident pages',
  eras: [
    {
      name: 'percpu_counter',
      since: '6.2',
      commit: 'f1a7941243c1',
      evidence: 'mm_struct.rss_stat, no struct mm_rss_stat',
      probe: (types) => types.sizeOf('mm_rss_stat') === undefined && hasMember('mm_struct.rss_stat')(types),
      reader: readPerCpu,
    },
    {
      name: 'atomic, cached per task',
      since: '2.6.34',
      commit: null,
      evidence: 'mm_struct.rss_stat.count',
      probe: hasMember('mm_struct.rss_stat.count'),
      reader: readAtomic,
    },
  ],
};

function named(count: (kind: number) => number): RssCounters {
  return { file: count(0), anon: count(1), swap: count(2), shmem: count(3) };
}

function readPerCpu(kernel: Kernel, mm: Kva): RssCounters {
  const stat = (mm + kernel.layout('mm_struct', PER_CPU).stat) as Kva;
  const size = kernel.sizeOf('percpu_counter');
  return named((kind) => counterSum(kernel, (stat + kind * size) as Kva));
}

/** percpu_counter_sum(). The pointer may be any 64-bit number: only with a CPU's offset is it an address. */
export function counterSum(kernel: Kernel, counter: Kva): number {
  const { mem } = kernel;
  const at = kernel.layout('percpu_counter', COUNTER);
  let sum = mem.int(counter, at.count);
  const offsets = kernel.symbols.address('__per_cpu_offset');
  if (offsets === undefined) return sum;
  const parts = mem.u64(counter, at.parts);
  for (const cpu of kernel.cpus.possible()) {
    sum += mem.i32(mem.fold.fromBig(parts + mem.u64(offsets, cpu * LONG)));
  }
  return sum;
}

/** What the tasks hold back in their rss_stat caches is added by whoever has the list of tasks: `cachedRss`. */
function readAtomic(kernel: Kernel, mm: Kva): RssCounters {
  const at = kernel.layout('mm_struct', ATOMIC).count;
  return named((kind) => kernel.mem.int(mm, at + kind * LONG));
}

const TASK = { count: 'rss_stat.count' } as const;

/** SPLIT_RSS_COUNTING: pages that a thread has mapped and not yet told its mm of (up to 64 faults). */
export const cachedRss: Trait<(kernel: Kernel, task: Kva) => RssCounters> = {
  name: 'resident pages cached by a task',
  eras: [
    {
      name: 'none',
      since: '6.2',
      commit: 'f1a7941243c1',
      evidence: 'no task_struct.rss_stat',
      probe: (types) => !hasMember('task_struct.rss_stat.count')(types),
      reader: () => NO_COUNTERS,
    },
    {
      name: 'task_struct.rss_stat',
      since: '2.6.34',
      commit: null,
      evidence: 'task_struct.rss_stat.count',
      probe: hasMember('task_struct.rss_stat.count'),
      reader: (kernel, task) => {
        const at = kernel.layout('task_struct', TASK).count;
        return named((kind) => kernel.mem.i32(task, at + kind * 4));
      },
    },
  ],
};

/** Resident pages of an mm, with what its threads have not yet told it. `sharers` are the tasks that use the mm. */
export function residentPages(kernel: Kernel, counters: RssCounters, sharers: readonly Kva[]): RssCounters {
  const cached = kernel.trait(cachedRss);
  const sum = { ...counters };
  for (const task of sharers) {
    const part = cached(kernel, task);
    sum.file += part.file;
    sum.anon += part.anon;
    sum.swap += part.swap;
    sum.shmem += part.shmem;
  }
  return sum;
}
