// The list of robust mutexes that a thread holds, in its own memory (kernel/futex/core.c, exit_robust_list()).

import { type Hex, hex, type Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { RobustList } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import type { UserMemory } from '../mm/user-memory.js';
import { userBytes } from './user-words.js';

const FUTEX = { native: 'futex.robust_list', compat: 'futex.compat_robust_list?' } as const;
const MEMBERS = { native: 'robust_list?', compat: 'compat_robust_list?' } as const;
/** ROBUST_LIST_LIMIT. */
const LIMIT = 2048;
/** The lowest bit of a pointer says that the lock is a PI futex. */
const PI = 1n;

type Heads = (kernel: Kernel, task: Kva) => { readonly native: bigint; readonly compat: bigint };

export const robustListHeads: Trait<Heads> = {
  name: 'robust list',
  eras: [
    {
      name: 'futex_sched_data',
      since: 'after 6.12',
      commit: 'c1ffc9c6e4f8',
      evidence: 'task_struct.futex.robust_list',
      probe: hasMember('task_struct.futex.robust_list'),
      reader: (kernel, task) => heads(kernel, task, kernel.layout('task_struct', FUTEX)),
    },
    {
      name: 'members of task_struct',
      since: 'before 5.10',
      commit: null,
      evidence: 'task_struct.robust_list',
      probe: () => true,
      reader: (kernel, task) => heads(kernel, task, kernel.layout('task_struct', MEMBERS)),
    },
  ],
};

function heads(
  { mem }: Kernel,
  task: Kva,
  at: { readonly native: number | undefined; readonly compat: number | undefined },
): { native: bigint; compat: bigint } {
  const word = (offset: number | undefined) => (offset === undefined ? 0n : mem.u64(task, offset));
  return { native: word(at.native), compat: word(at.compat) };
}

/** Null where the thread has none. */
export function readRobustList(kernel: Kernel, task: Kva, memory: UserMemory | null): RobustList | null {
  const { native, compat } = kernel.trait(robustListHeads)(kernel, task);
  if (native !== 0n) return walk(kernel, memory, native, false);
  return compat === 0n ? null : walk(kernel, memory, compat, true);
}

/** struct robust_list_head: the first entry, the futex's offset, the pending entry; of 4 bytes each in compat. */
function walk(kernel: Kernel, memory: UserMemory | null, head: bigint, compat: boolean): RobustList {
  const width = compat ? 4 : 8;
  const view = userBytes(memory, head, width * 3);
  const none = { address: hex(head), compat, futexOffset: null, entries: [], pending: null };
  if (view === null) return none;
  const word = (from: DataView, at: number) =>
    compat ? BigInt(from.getUint32(at, true)) : from.getBigUint64(at, true);
  const futexOffset = BigInt.asIntN(width * 8, word(view, width));
  const entries: Hex[] = [];
  const lock = (entry: bigint) => hex(BigInt.asUintN(64, (entry & ~PI) + futexOffset));
  let entry = word(view, 0);
  while ((entry & ~PI) !== head && entries.length < LIMIT) {
    entries.push(lock(entry));
    const next = userBytes(memory, entry & ~PI, width);
    if (next === null) {
      const detail = 'robust list leads to memory that is not there';
      kernel.faults.add(new Fault('bad-pointer', detail, 'user', entry & ~PI));
      break;
    }
    entry = word(next, 0);
  }
  const pending = word(view, width * 2);
  return {
    ...none,
    futexOffset: Number(futexOffset),
    entries,
    pending: pending === 0n ? null : lock(pending),
  };
}
