// What the active security modules hold of a task. Mirrors security/: landlock/cred.h, selinux/include/security.h,
// tomoyo/common.h; AppArmor has a file of its own.

import { type Kva, NULL } from '../../base/address.js';
import type { SecurityLabel } from '../../snapshot/labels.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { contextOf, labelOfCred } from './apparmor.js';
import { credBlob } from './blobs.js';
import { securityModules } from './modules.js';

const TASK = { cred: 'real_cred' } as const;
const LANDLOCK = { domain: 'domain' } as const;
const SELINUX = { loaded: 'initialized' } as const;

/** Modules that hold the whole machine to something, or all processes alike, and of one process nothing of its own. */
const WITHOUT_LABELS: ReadonlySet<string> = new Set([
  ...['capability', 'lockdown', 'yama', 'loadpin', 'safesetid', 'bpf', 'integrity', 'ima', 'evm', 'ipe'],
]);

type Held = Pick<SecurityLabel, 'label' | 'state'>;

const UNKNOWN: Held = { label: null, state: 'unknown' };
const UNCONFINED: Held = { label: null, state: 'unconfined' };
const NOTHING_TO_COME = { onExec: null, previous: null } as const;

/** By module, what a struct cred holds a task to. Those that are not here are not known. */
const READERS: Readonly<Record<string, (kernel: Kernel, cred: Kva) => Held>> = {
  apparmor: (kernel, cred) => {
    const { text, state } = labelOfCred(kernel, cred);
    return { label: text, state };
  },
  landlock: (kernel, cred) => {
    const { domain } = kernel.layout('landlock_cred_security', LANDLOCK);
    const found = kernel.mem.ptr(credBlob(kernel, 'landlock', cred), domain);
    return found === NULL ? UNCONFINED : { label: null, state: 'confined' };
  },
  // Without a policy both allow everything, to everyone; with one, what it allows a label is not read here.
  selinux: (kernel) =>
    ifLoaded(
      kernel,
      (kernel.symbol('selinux_state') + kernel.layout('selinux_state', SELINUX).loaded) as Kva,
    ),
  tomoyo: (kernel) => ifLoaded(kernel, kernel.symbol('tomoyo_policy_loaded')),
};

function ifLoaded(kernel: Kernel, flag: Kva): Held {
  return kernel.mem.u8(flag) === 0 ? UNCONFINED : UNKNOWN;
}

const known = perKernel(() => new Map<Kva, readonly SecurityLabel[]>());

/** One for each active module that may confine a task; a fault where it cannot be told which these are. */
export function readLabels(kernel: Kernel, task: Kva): readonly SecurityLabel[] {
  const labels = ofCred(kernel, kernel.mem.ptr(task, kernel.layout('task_struct', TASK).cred));
  return labels.map((each) => (each.module === 'apparmor' ? withContext(kernel, task, each) : each));
}

/** Tasks that share a struct cred have the same labels. */
function ofCred(kernel: Kernel, cred: Kva): readonly SecurityLabel[] {
  const memo = known(kernel);
  let found = memo.get(cred);
  if (found === undefined) {
    const confining = securityModules(kernel).filter((name) => !WITHOUT_LABELS.has(name));
    memo.set(cred, (found = confining.map((module) => read(kernel, module, cred))));
  }
  return found;
}

function read(kernel: Kernel, module: string, cred: Kva): SecurityLabel {
  const reader = READERS[module] ?? (() => UNKNOWN);
  return { module, ...kernel.faults.guard(module, () => reader(kernel, cred), UNKNOWN), ...NOTHING_TO_COME };
}

function withContext(kernel: Kernel, task: Kva, label: SecurityLabel): SecurityLabel {
  const unread = { ...label, state: 'unknown' } as const;
  return kernel.faults.guard('apparmor', () => ({ ...label, ...contextOf(kernel, task) }), unread);
}
