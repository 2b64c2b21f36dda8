// How many signals are queued for a user: the first number of SigQ in /proc/PID/status (task_sig() of
// fs/proc/array.c).

import { type Kva, NULL } from '../../base/address.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { TASK } from '../tasks/layout.js';

const CRED_COUNTS = { counts: 'ucounts' } as const;
const COUNTS = { limits: 'rlimit' } as const;
const OLD_COUNTS = { limits: 'ucount' } as const;
const CRED_USER = { user: 'user' } as const;
const USER = { queued: 'sigpending' } as const;

type Count = (kernel: Kernel, credentials: Kva) => Wide | null;

/** Element `UCOUNT_RLIMIT_SIGPENDING` of an array of atomic_long_t in struct ucounts. */
function counted(kernel: Kernel, credentials: Kva, array: number): Wide | null {
  const counts = kernel.mem.ptr(credentials, kernel.layout('cred', CRED_COUNTS).counts);
  const index = kernel.types.enumerator('UCOUNT_RLIMIT_SIGPENDING');
  return counts === NULL || index === undefined ? null : wide(kernel.mem.i64(counts, array + 8 * index));
}

export const queuedSignals: Trait<Count> = {
  name: 'count of queued signals',
  eras: [
    {
      name: 'ucounts.rlimit',
      since: '5.19',
      commit: 'de399236e240',
      evidence: 'ucounts.rlimit',
      probe: hasMember('ucounts.rlimit'),
      reader: (kernel, credentials) => counted(kernel, credentials, kernel.layout('ucounts', COUNTS).limits),
    },
    {
      name: 'ucounts.ucount',
      since: '5.14',
      commit: 'd64696905554',
      evidence: 'UCOUNT_RLIMIT_SIGPENDING',
      probe: (types) => types.enumerator('UCOUNT_RLIMIT_SIGPENDING') !== undefined,
      reader: (kernel, credentials) =>
        counted(kernel, credentials, kernel.layout('ucounts', OLD_COUNTS).limits),
    },
    {
      name: 'user_struct.sigpending',
      since: '2.6.8',
      commit: null,
      evidence: 'user_struct.sigpending',
      probe: hasMember('user_struct.sigpending'),
      reader: (kernel, credentials) => {
        const user = kernel.mem.ptr(credentials, kernel.layout('cred', CRED_USER).user);
        return user === NULL ? null : kernel.mem.i32(user, kernel.layout('user_struct', USER).queued);
      },
    },
  ],
};

/** By the real credentials, as the kernel charges them. */
export function countQueued(kernel: Kernel, task: Kva): Wide | null {
  const credentials = kernel.mem.ptr(task, kernel.layout('task_struct', TASK).realCred);
  return credentials === NULL ? null : kernel.trait(queuedSignals)(kernel, credentials);
}
