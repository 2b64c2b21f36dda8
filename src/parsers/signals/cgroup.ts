// Which control groups a task is in: the lines of /proc/PID/cgroup. Mirrors proc_cgroup_show() and
// task_cgroup_from_root() in kernel/cgroup/cgroup.c.

import { type Kva, NULL } from '../../base/address.js';
import type { CgroupMembership } from '../../snapshot/cgroups.js';
import { nodePath } from '../fs/tree-path.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { type Hierarchy, hierarchies } from './cgroup-hierarchy.js';

const TASK = { set: 'cgroups', flags: 'flags' } as const;
const SET = { unified: 'dfl_cgrp', links: 'cgrp_links' } as const;
const LINK = { group: 'cgrp', node: 'cgrp_link' } as const;
const GROUP = { root: 'root', node: 'kn', flags: 'self.flags' } as const;
/** PF_EXITING. */
const EXITING = 0x4;
/** CSS_ONLINE: cleared while a group is being removed. */
const ONLINE = 2;
/** Hierarchies there can be: a set has one group in each. */
const MAX_LINKS = 1024;

const known = perKernel(() => new Map<Kva, readonly [Hierarchy, Kva][]>());

/** Paths are from the root of each hierarchy: as the initial cgroup namespace sees them. */
export function readCgroups(kernel: Kernel, task: Kva): CgroupMembership[] {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', TASK);
  const exiting = (mem.u32(task, at.flags) & EXITING) !== 0;
  return groupsOf(kernel, mem.ptr(task, at.set)).flatMap(([{ id, controllers, visible }, group]) => {
    if (!visible) return [];
    const path = faults.guard('cgroup', () => pathOf(kernel, group, id, exiting), '?');
    return [{ hierarchy: id, controllers, path }];
  });
}

/** struct cgroup in each hierarchy; most tasks share one css_set. */
export function groupsOf(kernel: Kernel, set: Kva): readonly [Hierarchy, Kva][] {
  const memo = known(kernel);
  let found = memo.get(set);
  if (found === undefined) memo.set(set, (found = walkSet(kernel, set)));
  return found;
}

function walkSet(kernel: Kernel, set: Kva): [Hierarchy, Kva][] {
  const { mem } = kernel;
  const at = kernel.layout('css_set', SET);
  const link = kernel.layout('cgrp_cset_link', LINK);
  const root = kernel.layout('cgroup', GROUP).root;
  const byRoot = new Map<Kva, Kva>();
  forEachListEntry(
    kernel,
    (set + at.links) as Kva,
    link.node,
    (each) => {
      const group = mem.ptr(each, link.group);
      byRoot.set(mem.ptr(group, root), group);
    },
    MAX_LINKS,
  );
  const isInitial = set === kernel.symbols.address('init_css_set');
  return hierarchies(kernel).flatMap((hierarchy) => {
    const group = isInitial
      ? hierarchy.rootGroup
      : hierarchy.id === 0
        ? mem.ptr(set, at.unified)
        : (byRoot.get(hierarchy.root) ?? NULL);
    return group === NULL ? [] : [[hierarchy, group] as [Hierarchy, Kva]];
  });
}

/** A dying task is out of its groups of version 1, and keeps that of version 2. */
function pathOf(kernel: Kernel, group: Kva, hierarchy: number, exiting: boolean): string {
  if (exiting && hierarchy !== 0) return '/';
  const at = kernel.layout('cgroup', GROUP);
  const path = nodePath(kernel, kernel.mem.ptr(group, at.node));
  const dead = hierarchy === 0 && (kernel.mem.u32(group, at.flags) & ONLINE) === 0;
  return dead ? `${path} (deleted)` : path;
}

/** /proc/PID/cgroup. */
export function cgroupText(groups: readonly CgroupMembership[]): string {
  return groups.map((each) => `${each.hierarchy}:${each.controllers.join(',')}:${each.path}\n`).join('');
}
