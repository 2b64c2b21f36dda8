// File systems on kernfs: sysfs prints nothing, control groups of version 2 their flags.
// Mirrors cgroup_show_options of kernel/cgroup/cgroup.c.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { fileSystem } from '../inode.js';
import { oldGroupOptions } from './cgroup1.js';
import { type DriverOptions, NO_OPTIONS, UNKNOWN_OPTIONS } from './options.js';

const ROOT = { flags: 'flags' } as const;
/** In the order of printing. The bits have moved, so their values are the kernel's own. */
const FLAGS = [
  ['CGRP_ROOT_NS_DELEGATE', 'nsdelegate'],
  ['CGRP_ROOT_FAVOR_DYNMODS', 'favordynmods'],
  ['CGRP_ROOT_MEMORY_LOCAL_EVENTS', 'memory_localevents'],
  ['CGRP_ROOT_MEMORY_RECURSIVE_PROT', 'memory_recursiveprot'],
  ['CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING', 'memory_hugetlb_accounting'],
  ['CGRP_ROOT_PIDS_LOCAL_EVENTS', 'pids_localevents'],
] as const;

export function kernfsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { name } = fileSystem(kernel, block);
  if (name === 'sysfs') return NO_OPTIONS;
  if (name === 'cgroup2') return groupOptions(kernel);
  return name === 'cgroup' ? oldGroupOptions(kernel, block) : UNKNOWN_OPTIONS;
}

function groupOptions(kernel: Kernel): DriverOptions {
  const at = kernel.layout('cgroup_root', ROOT);
  const flags = kernel.mem.u32(kernel.symbol('cgrp_dfl_root'), at.flags);
  const options: string[] = [];
  let known = 0;
  for (const [flag, option] of FLAGS) {
    const bit = kernel.types.enumerator(flag);
    if (bit === undefined) continue;
    known++;
    if ((flags & bit) !== 0) options.push(option);
  }
  return { options, complete: known > 0 || flags === 0 };
}
