// Everything this folder knows of a task beside signals and timers, in one piece. A part that cannot be read costs
// that part.

import { type Kva, NULL } from '../../base/address.js';
import type { TaskAttributes } from '../../snapshot/attributes.js';
import type { Confinement } from '../../snapshot/confinement.js';
import type { Namespaces } from '../../snapshot/namespaces.js';
import type { Scheduling } from '../../snapshot/scheduling.js';
import type { Kernel } from '../kernel/kernel.js';
import { TASK } from '../tasks/layout.js';
import { readCgroups } from './cgroup.js';
import { readConfinement } from './confinement.js';
import { readLimits } from './limits.js';
import { readNamespaces } from './namespaces.js';
import { readScheduling } from './scheduling.js';

export function readAttributes(kernel: Kernel, task: Kva): TaskAttributes {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const signal = faults.guard('signal_struct', () => mem.ptr(task, at.signal), NULL);
  return {
    tid: mem.u32(task, at.pid),
    scheduling: faults.guard('scheduling', () => readScheduling(kernel, task), NOT_SCHEDULED),
    confinement: faults.guard('confinement', () => readConfinement(kernel, task), NOT_CONFINED),
    limits: signal === NULL ? [] : faults.guard('limits', () => readLimits(kernel, signal), []),
    namespaces: faults.guard('namespaces', () => readNamespaces(kernel, task), NOWHERE),
    cgroups: faults.guard('cgroups', () => readCgroups(kernel, task), []),
  };
}

const NOT_SCHEDULED: Scheduling = {
  policy: '?',
  resetOnFork: false,
  nice: 0,
  rtPriority: 0,
  deadline: null,
  cpusAllowed: [],
  memsAllowed: [],
  timerSlack: 0,
  autogroup: null,
  ioPriority: 0,
  runTime: 0,
  runDelay: 0,
  timesRun: 0,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
};

const NOT_CONFINED: Confinement = {
  umask: null,
  noNewPrivs: false,
  seccomp: { mode: 0, filters: [] },
  labels: null,
  speculationStoreBypass: null,
  speculationIndirectBranch: null,
  dumpable: null,
  coredumpFilter: null,
  personality: 0,
  oomScoreAdj: 0,
  oomScoreAdjMin: 0,
  loginUid: null,
  sessionId: null,
  parentDeathSignal: 0,
  childSubreaper: false,
  io: null,
};

const NOWHERE: Namespaces = {
  links: [],
  uidMap: [],
  gidMap: [],
  userLevel: 0,
  hostname: null,
  domainname: null,
  timeOffsets: null,
};
