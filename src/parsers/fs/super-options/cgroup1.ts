// Control groups of version 1: the controllers of a hierarchy, its flags and its name.
// Mirrors cgroup1_show_options of kernel/cgroup/cgroup-v1.c.

import { type Kva, NULL } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo } from './options.js';

const INFO = { root: 'root' } as const;
const KERNFS_ROOT = { node: 'kn' } as const;
const NODE = { group: 'priv' } as const;
const GROUP = { root: 'root' } as const;
const ROOT = {
  controllers: 'subsys_mask',
  flags: 'flags',
  groupFlags: 'cgrp.flags',
  agent: 'release_agent_path',
  name: 'name',
} as const;
const CONTROLLER = { name: 'legacy_name' } as const;
const POINTER = 8;
const MAX_NAME = 64;
/** In the order of printing, behind the controllers. */
const FLAGS = [
  ['CGRP_ROOT_NOPREFIX', 'noprefix'],
  ['CGRP_ROOT_XATTR', 'xattr'],
  ['CGRP_ROOT_CPUSET_V2_MODE', 'cpuset_v2_mode'],
  ['CGRP_ROOT_FAVOR_DYNMODS', 'favordynmods'],
] as const;

export function oldGroupOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem, types } = kernel;
  const root = hierarchy(kernel, block);
  const at = kernel.layout('cgroup_root', ROOT);
  const flags = mem.u32(root, at.flags);
  const clones = types.enumerator('CGRP_CPUSET_CLONE_CHILDREN') ?? 1;
  const agent = mem.cstr(root, at.agent);
  const name = mem.cstr(root, at.name, MAX_NAME);
  const options = [
    ...controllers(kernel, mem.u32(root, at.controllers)),
    ...FLAGS.filter(([flag]) => (flags & (types.enumerator(flag) ?? 0)) !== 0).map(([, text]) => text),
    ...chosen([
      [agent !== '', `release_agent=${agent}`],
      [((mem.u32(root, at.groupFlags) >>> clones) & 1) === 1, 'clone_children'],
      [name !== '', `name=${name}`],
    ]),
  ];
  return { options, complete: true };
}

/** The cgroup_root behind a super block, by way of the group at the top of its kernfs tree. */
function hierarchy(kernel: Kernel, block: Kva): Kva {
  const { mem } = kernel;
  const tree = mem.ptr(driverInfo(kernel, block), kernel.layout('kernfs_super_info', INFO).root);
  const node = mem.ptr(tree, kernel.layout('kernfs_root', KERNFS_ROOT).node);
  const group = mem.ptr(node, kernel.layout('kernfs_node', NODE).group);
  return mem.ptr(group, kernel.layout('cgroup', GROUP).root);
}

function controllers(kernel: Kernel, mask: number): string[] {
  const table = kernel.symbol('cgroup_subsys');
  const at = kernel.layout('cgroup_subsys', CONTROLLER);
  const names: string[] = [];
  for (let id = 0; id < 32; id++) {
    if (((mask >>> id) & 1) === 0) continue;
    const name = kernel.mem.ptr(kernel.mem.ptr(table, id * POINTER), at.name);
    if (name !== NULL) names.push(kernel.mem.cstr(name, 0, MAX_NAME));
  }
  return names;
}
