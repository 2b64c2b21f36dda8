// The hierarchies of control groups: cgroup_roots, with the controllers of each. Mirrors kernel/cgroup/cgroup.c
// (for_each_root, for_each_subsys) and proc_cgroup_show().

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { readBits } from './bitmap.js';

const ROOT = {
  node: 'root_list',
  mask: 'subsys_mask',
  id: 'hierarchy_id',
  name: 'name',
  group: 'cgrp',
} as const;
const SUBSYSTEM = { id: 'id', name: 'name', legacyName: 'legacy_name', unifiedFiles: 'dfl_cftypes' } as const;
/** CGROUP_SUBSYS_COUNT is 14 in Debian's kernels; masks have room for 32. */
const MAX_SUBSYSTEMS = 32;
const MAX_NAME = 64;
const MAX_ROOTS = 1024;

export interface Hierarchy {
  /** struct cgroup_root. */
  readonly root: Kva;
  /** Its struct cgroup. */
  readonly rootGroup: Kva;
  /** 0 for version 2. */
  readonly id: number;
  /** As /proc/PID/cgroup names them. */
  readonly controllers: readonly string[];
  /** False for version 2 while nothing has mounted it. */
  readonly visible: boolean;
  /** By the ids of controllers. */
  readonly mask: number;
}

export interface Controller {
  readonly id: number;
  readonly name: string;
  /** What version 1 calls it (`blkio` for io). */
  readonly legacyName: string;
  /** Whether version 2 lists it: perf_event is always on, others (freezer, net_cls) do nothing there. */
  readonly inUnified: boolean;
}

/** By their ids, from cgroup_subsys[]; the array's length is that of cgroup.subsys[]. */
export const controllers = perKernel((kernel): readonly Controller[] => {
  const { mem } = kernel;
  const count = Math.min(MAX_SUBSYSTEMS, kernel.types.member('css_set.subsys')?.count ?? 0);
  const array = kernel.symbol('cgroup_subsys');
  const at = kernel.layout('cgroup_subsys', SUBSYSTEM);
  const read = (subsystem: Kva): Controller => ({
    id: mem.i32(subsystem, at.id),
    name: mem.cstr(mem.ptr(subsystem, at.name), 0, MAX_NAME),
    legacyName: mem.cstr(mem.ptr(subsystem, at.legacyName), 0, MAX_NAME),
    inUnified:
      readBits(kernel, subsystem, 'cgroup_subsys.implicit_on_dfl') !== 1 &&
      mem.ptr(subsystem, at.unifiedFiles) !== NULL,
  });
  return Array.from({ length: count }, (_, i) => read(mem.ptr(array, 8 * i)));
});

/** In the order of /proc/PID/cgroup: the youngest first, version 2 last. */
export const hierarchies = perKernel((kernel): readonly Hierarchy[] => {
  const found: Hierarchy[] = [];
  const at = kernel.layout('cgroup_root', ROOT);
  forEachListEntry(
    kernel,
    kernel.symbol('cgroup_roots'),
    at.node,
    (root) => found.push(readRoot(kernel, root)),
    MAX_ROOTS,
  );
  return found;
});

function readRoot(kernel: Kernel, root: Kva): Hierarchy {
  const { mem } = kernel;
  const at = kernel.layout('cgroup_root', ROOT);
  const unified = root === kernel.symbols.address('cgrp_dfl_root');
  const mask = mem.u32(root, at.mask);
  const name = mem.cstr(root, at.name, MAX_NAME);
  const own = controllers(kernel).filter(({ id }) => (mask >>> id) & 1);
  const visible = kernel.symbols.address('cgrp_dfl_visible');
  return {
    root,
    rootGroup: (root + at.group) as Kva,
    id: mem.i32(root, at.id),
    controllers: unified ? [] : [...own.map((each) => each.legacyName), ...(name ? [`name=${name}`] : [])],
    mask,
    visible: !unified || visible === undefined || mem.u8(visible) !== 0,
  };
}
