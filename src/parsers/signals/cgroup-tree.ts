// The trees of control groups, with the tasks in each. Mirrors cgroup_for_each_live_child() and cgroup_control() in
// kernel/cgroup/cgroup.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Cgroup, CgroupHierarchy } from '../../snapshot/cgroups.js';
import { wide } from '../../snapshot/number.js';
import { nodeName } from '../fs/tree-path.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { groupsOf } from './cgroup.js';
import { controllers, type Hierarchy, hierarchies } from './cgroup-hierarchy.js';

const TASK = { set: 'cgroups' } as const;
const GROUP = {
  children: 'self.children',
  sibling: 'self.sibling',
  node: 'kn',
  flags: 'flags',
  subtree: 'subtree_control',
  domain: 'dom_cgrp',
} as const;
const NODE = { id: 'id' } as const;
/** CGRP_FROZEN, a bit number, where types do not tell it. */
const FROZEN = 3;
/** cgroup.max.depth has no lower bound by default; nobody nests this far. */
const MAX_DEPTH = 256;
const MAX_CHILDREN = 1 << 20;

export interface Member {
  readonly tid: number;
  /** task_struct. */
  readonly task: Kva;
}

export function readCgroupTrees(kernel: Kernel, tasks: readonly Member[]): CgroupHierarchy[] {
  const members = membersByGroup(kernel, tasks);
  return hierarchies(kernel)
    .filter((hierarchy) => hierarchy.visible)
    .map((hierarchy) => ({
      id: hierarchy.id,
      controllers: hierarchy.controllers,
      root: new Tree(kernel, hierarchy, members).group(hierarchy.rootGroup, '/', hierarchy.mask, 0),
    }));
}

function membersByGroup(kernel: Kernel, tasks: readonly Member[]): ReadonlyMap<Kva, number[]> {
  const found = new Map<Kva, number[]>();
  const set = kernel.layout('task_struct', TASK).set;
  for (const { tid, task } of tasks) {
    const groups = kernel.faults.guard(`task ${tid}`, () => groupsOf(kernel, kernel.mem.ptr(task, set)), []);
    for (const [, group] of groups) {
      const others = found.get(group);
      if (others === undefined) found.set(group, [tid]);
      else others.push(tid);
    }
  }
  return found;
}

class Tree {
  private readonly frozenBit: number;

  constructor(
    private readonly kernel: Kernel,
    private readonly hierarchy: Hierarchy,
    private readonly members: ReadonlyMap<Kva, number[]>,
  ) {
    this.frozenBit = kernel.types.enumerator('CGRP_FROZEN') ?? FROZEN;
  }

  /** `available` are the controllers that its parent hands on. */
  group(group: Kva, path: string, available: number, depth: number): Cgroup {
    const { mem } = this.kernel;
    const at = this.kernel.layout('cgroup', GROUP);
    const unified = this.hierarchy.id === 0;
    const subtree = unified ? this.mask(group, at.subtree) : available;
    const node = mem.ptr(group, at.node);
    const name = depth === 0 ? '/' : nodeName(this.kernel, node);
    return {
      address: mem.hex(group),
      name,
      path,
      id: wide(mem.u64(node, this.kernel.layout('kernfs_node', NODE).id)),
      controllers: this.names(available),
      subtreeControl: this.names(unified ? subtree : 0),
      frozen: ((mem.u32(group, at.flags) >>> this.frozenBit) & 1) === 1,
      threaded: mem.ptr(group, at.domain) !== group,
      tasks: this.members.get(group) ?? [],
      children: this.children(group, path, subtree, depth),
    };
  }

  private children(group: Kva, path: string, available: number, depth: number): Cgroup[] {
    const at = this.kernel.layout('cgroup', GROUP);
    const found: Cgroup[] = [];
    if (depth >= MAX_DEPTH) {
      this.kernel.faults.add(this.kernel.mem.fault('bound', `groups are nested ${depth} deep`, group));
      return found;
    }
    const take = (child: Kva) => {
      const node = this.kernel.mem.ptr(child, at.node);
      if (node === NULL) return;
      const below = `${path === '/' ? '' : path}/${nodeName(this.kernel, node)}`;
      found.push(this.group(child, below, available, depth + 1));
    };
    forEachListEntry(this.kernel, (group + at.children) as Kva, at.sibling, take, MAX_CHILDREN);
    return found;
  }

  /** 16 bits until 6.17, 32 since. */
  private mask(group: Kva, offset: number): number {
    const size = this.kernel.types.member('cgroup.subtree_control')?.size ?? 2;
    return size === 2 ? this.kernel.mem.u16(group, offset) : this.kernel.mem.u32(group, offset);
  }

  private names(mask: number): string[] {
    const unified = this.hierarchy.id === 0;
    return controllers(this.kernel)
      .filter(({ id, inUnified }) => (mask >>> id) & 1 && (inUnified || !unified))
      .map(({ name, legacyName }) => (unified ? name : legacyName));
  }
}
