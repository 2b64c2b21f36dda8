// The run queue of each CPU: struct rq of kernel/sched/sched.h.

import type { RunQueue } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';

const RQ = {
  running: 'nr_running',
  current: 'curr',
  switches: 'nr_switches',
  realTime: 'rt.rt_nr_running',
  deadline: 'dl.dl_nr_running',
} as const;
const TASK = { tid: 'pid' } as const;

export function readRunQueues(kernel: Kernel): RunQueue[] {
  return kernel.cpus
    .possible()
    .flatMap((cpu) => kernel.faults.guard(`run queue of CPU ${cpu}`, () => [readRunQueue(kernel, cpu)], []));
}

function readRunQueue(kernel: Kernel, cpu: number): RunQueue {
  const { mem } = kernel;
  const at = kernel.layout('rq', RQ);
  const rq = kernel.perCpu('runqueues', cpu);
  return {
    cpu,
    current: mem.i32(mem.ptr(rq, at.current), kernel.layout('task_struct', TASK).tid),
    running: mem.u32(rq, at.running),
    realTime: mem.u32(rq, at.realTime),
    deadline: mem.u32(rq, at.deadline),
    switches: mem.nat(rq, at.switches),
  };
}
