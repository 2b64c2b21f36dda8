// Restartable sequences: what rseq(2) registered (kernel/rseq.c, include/uapi/linux/rseq.h).

import { hex, type Kva } from '../../base/address.js';
import type { Rseq } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import type { UserMemory } from '../mm/user-memory.js';
import { userBytes, wordAt } from './user-words.js';

const DATA = { address: 'rseq.usrptr', length: 'rseq.len', signature: 'rseq.sig' } as const;
const MEMBERS = { address: 'rseq', length: 'rseq_len?', signature: 'rseq_sig' } as const;
/** Bytes of the first version of struct rseq that mean something. */
const AREA = 20;

type Registration = Omit<Rseq, 'address' | 'area'> & { readonly address: bigint };

export const rseqRegistration: Trait<(kernel: Kernel, task: Kva) => Registration> = {
  name: 'rseq',
  eras: [
    {
      name: 'struct rseq_data',
      since: '6.19',
      commit: 'faba9d250eae',
      evidence: 'task_struct.rseq.usrptr',
      probe: hasMember('task_struct.rseq.usrptr'),
      reader: (kernel, task) => registration(kernel, task, kernel.layout('task_struct', DATA)),
    },
    {
      name: 'members of task_struct',
      since: '4.18',
      commit: null,
      evidence: 'task_struct.rseq_sig',
      probe: hasMember('task_struct.rseq_sig'),
      reader: (kernel, task) => registration(kernel, task, kernel.layout('task_struct', MEMBERS)),
    },
    {
      name: 'none',
      since: '',
      commit: null,
      evidence: 'no CONFIG_RSEQ',
      probe: () => true,
      reader: () => ({ address: 0n, length: null, signature: 0 }),
    },
  ],
};

interface Offsets {
  readonly address: number;
  readonly length: number | undefined;
  readonly signature: number;
}

function registration({ mem }: Kernel, task: Kva, at: Offsets): Registration {
  return {
    address: mem.u64(task, at.address),
    length: at.length === undefined ? null : mem.u32(task, at.length),
    signature: mem.u32(task, at.signature),
  };
}

/** Null where the thread has not registered. */
export function readRseq(kernel: Kernel, task: Kva, memory: UserMemory | null): Rseq | null {
  const found = kernel.trait(rseqRegistration)(kernel, task);
  if (found.address === 0n) return null;
  const view = userBytes(memory, found.address, AREA);
  return {
    ...found,
    address: hex(found.address),
    area: view && {
      cpuIdStart: view.getUint32(0, true),
      cpuId: view.getUint32(4, true),
      criticalSection: wordAt(view, 8),
      flags: view.getUint32(16, true),
    },
  };
}
