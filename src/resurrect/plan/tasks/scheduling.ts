// How a thread is scheduled: task_struct's scheduling part, as sched_setattr(2) and its like take it.

import type { Policy, Scheduling } from '../../../snapshot/scheduling.js';
import { type Policy as PlannedPolicy, POLICY, type Thread } from '../../abi/records/threads.js';
import { big } from '../numbers.js';

type Scheduled = Pick<
  Thread,
  | 'policy'
  | 'nice'
  | 'rtPriority'
  | 'deadlineRuntime'
  | 'deadlineDeadline'
  | 'deadlinePeriod'
  | 'cpusAllowed'
  | 'timerSlack'
  | 'ioPriority'
>;

const POLICIES: Partial<Record<Policy, PlannedPolicy>> = {
  NORMAL: POLICY.normal,
  FIFO: POLICY.fifo,
  RR: POLICY.rr,
  BATCH: POLICY.batch,
  IDLE: POLICY.idle,
  DEADLINE: POLICY.deadline,
  EXT: POLICY.ext,
};

/** Null of a policy that is not known here. */
export function plannedPolicy(policy: Policy): PlannedPolicy | null {
  return POLICIES[policy] ?? null;
}

/** `cpus`: as many as there may be. */
export function scheduled(scheduling: Scheduling | null, cpus: number): Scheduled {
  const { deadline = null, cpusAllowed = [] } = scheduling ?? {};
  return {
    policy: plannedPolicy(scheduling?.policy ?? 'NORMAL') ?? POLICY.normal,
    nice: scheduling?.nice ?? 0,
    rtPriority: scheduling?.rtPriority ?? 0,
    deadlineRuntime: big(deadline?.runtime ?? 0),
    deadlineDeadline: big(deadline?.deadline ?? 0),
    deadlinePeriod: big(deadline?.period ?? 0),
    cpusAllowed: cpusAllowed.length >= cpus ? new Uint8Array() : bitMask(cpusAllowed),
    timerSlack: big(scheduling?.timerSlack ?? 0),
    ioPriority: scheduling?.ioPriority ?? 0,
  };
}

/** Least significant byte first, as long as the highest bit needs. */
function bitMask(bits: readonly number[]): Uint8Array {
  const mask = new Uint8Array(bits.length === 0 ? 0 : (Math.max(...bits) >> 3) + 1);
  for (const bit of bits) mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (1 << (bit & 7));
  return mask;
}
