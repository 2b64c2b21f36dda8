// The rights of a thread to its protection keys (arch/x86/include/asm/pkru.h).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { CPU_FEATURE, hasCpuFeature } from './cpu-features.js';
import type { VectorArea } from './vector-area.js';
import { FEATURE } from './xsave-layout.js';

const THREAD = { pkru: 'thread.pkru' } as const;

export const pkruPlace: Trait<(kernel: Kernel, task: Kva, area: VectorArea) => number> = {
  name: 'PKRU of a task',
  eras: [
    {
      name: 'thread.pkru',
      since: '5.14',
      commit: '9782a712eb97',
      evidence: 'task_struct.thread.pkru',
      probe: hasMember('task_struct.thread.pkru'),
      reader: (kernel, task) => kernel.mem.u32(task, kernel.layout('task_struct', THREAD).pkru),
    },
    {
      name: 'XSAVE component',
      since: '4.6',
      commit: null,
      evidence: 'no task_struct.thread.pkru',
      probe: () => true,
      reader: (_kernel, _task, area) => {
        const at = area.has(FEATURE.pkru) ? area.offset(FEATURE.pkru) : null;
        return at === null ? 0 : area.view.getUint32(at, true);
      },
    },
  ],
};

/** Null where the processor, or the kernel, has no protection keys. */
export function taskPkru(kernel: Kernel, task: Kva, area: VectorArea): number | null {
  return hasCpuFeature(kernel, CPU_FEATURE.ospke) ? kernel.trait(pkruPlace)(kernel, task, area) : null;
}
