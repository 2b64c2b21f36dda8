// Whether a task's speculation is restrained, in the words of /proc/PID/status. Mirrors task_seccomp() in
// fs/proc/array.c, ssb_prctl_get() and ib_prctl_get() in arch/x86/kernel/cpu/bugs.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';

const TASK = { atomicFlags: 'atomic_flags' } as const;
const CPU = { capability: 'x86_capability' } as const;
/** PFA_*: bits of task_struct.atomic_flags (include/linux/sched.h). */
export const PFA = {
  noNewPrivs: 0,
  ssbDisable: 3,
  ssbForceDisable: 4,
  ibDisable: 5,
  ibForceDisable: 6,
  ssbNoExec: 7,
} as const;
/** X86_BUG_*: bits behind the NCAPINTS words of features. */
const BUG = { spectreV2: 15, storeBypass: 17 } as const;

export function atomicFlag(kernel: Kernel, task: Kva, bit: number): boolean {
  return ((kernel.mem.u32(task, kernel.layout('task_struct', TASK).atomicFlags) >>> bit) & 1) === 1;
}

/** Undefined where the kernel does not tell how many words of features precede the bugs. */
function hasBug(kernel: Kernel, bug: number): boolean | undefined {
  const words = kernel.types.enumerator('NR_CPUID_WORDS');
  const cpu = kernel.symbols.address('boot_cpu_data');
  if (words === undefined || cpu === undefined) return undefined;
  const at = kernel.layout('cpuinfo_x86', CPU).capability;
  return ((kernel.mem.u32(cpu, at + 4 * words) >>> bug) & 1) === 1;
}

/** Names of the enumerators that a mitigation's variable may stand for. */
function mode(kernel: Kernel, symbol: string, names: readonly string[]): string | undefined {
  const address = kernel.symbols.address(symbol);
  if (address === undefined) return undefined;
  const value = kernel.mem.u32(address);
  return names.find((name) => kernel.types.enumerator(name) === value);
}

/** What follows `Speculation_Store_Bypass:`; null where this kernel does not say how it deals with it. */
export function storeBypass(kernel: Kernel, task: Kva): string | null {
  const names = ['NONE', 'DISABLE', 'PRCTL', 'SECCOMP'].map((name) => `SPEC_STORE_BYPASS_${name}`);
  const found = mode(kernel, 'ssb_mode', names);
  if (found === undefined) return null;
  if (found === 'SPEC_STORE_BYPASS_NONE') {
    return hasBug(kernel, BUG.storeBypass) === false ? 'not vulnerable' : 'vulnerable';
  }
  if (found === 'SPEC_STORE_BYPASS_DISABLE') return 'globally mitigated';
  if (atomicFlag(kernel, task, PFA.ssbForceDisable)) return 'thread force mitigated';
  if (atomicFlag(kernel, task, PFA.ssbNoExec)) return 'vulnerable';
  return atomicFlag(kernel, task, PFA.ssbDisable) ? 'thread mitigated' : 'thread vulnerable';
}

function indirectBranch(kernel: Kernel, task: Kva): string | null {
  const names = ['NONE', 'STRICT', 'STRICT_PREFERRED', 'PRCTL', 'SECCOMP'].map(
    (name) => `SPECTRE_V2_USER_${name}`,
  );
  const modes = ['spectre_v2_user_ibpb', 'spectre_v2_user_stibp'].map((each) => mode(kernel, each, names));
  if (modes.includes(undefined)) return null;
  if (hasBug(kernel, BUG.spectreV2) === false) return 'not affected';
  if (modes.every((each) => each === 'SPECTRE_V2_USER_NONE')) return 'always enabled';
  if (modes.some((each) => each === 'SPECTRE_V2_USER_PRCTL' || each === 'SPECTRE_V2_USER_SECCOMP')) {
    if (atomicFlag(kernel, task, PFA.ibForceDisable)) return 'conditional force disabled';
    return atomicFlag(kernel, task, PFA.ibDisable) ? 'conditional disabled' : 'conditional enabled';
  }
  return 'always disabled';
}

/** What follows `SpeculationIndirectBranch:`. Nothing in memory has the text but a string; a neighbour tells. */
export const branchSpeculation: Trait<(kernel: Kernel, task: Kva) => string | null> = {
  name: 'SpeculationIndirectBranch in status',
  eras: [
    {
      name: 'shown',
      since: '5.11',
      commit: 'fe719888344c',
      evidence: 'task_struct.syscall_dispatch',
      probe: (types) => types.member('task_struct.syscall_dispatch') !== undefined,
      reader: indirectBranch,
    },
    {
      name: 'not shown',
      since: '4.17',
      commit: null,
      evidence: 'symbol ssb_mode',
      probe: hasSymbol('ssb_mode'),
      reader: () => null,
    },
  ],
};
