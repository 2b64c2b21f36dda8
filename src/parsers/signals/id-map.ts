// The uid and gid maps of a user namespace (include/linux/user_namespace.h struct uid_gid_map), as the initial
// namespace sees them: the kernel keeps the ids outside as its own (kuid), which are those of the initial one.

import type { Kva } from '../../base/address.js';
import type { IdExtent } from '../../snapshot/namespaces.js';
import type { Kernel } from '../kernel/kernel.js';

const USER = {
  uid_map: 'uid_map',
  gid_map: 'gid_map',
} as const;
const MAP = { count: 'nr_extents', extents: 'extent', forward: 'forward' } as const;
const EXTENT = { first: 'first', lower: 'lower_first', count: 'count' } as const;
/** UID_GID_MAP_MAX_BASE_EXTENTS: more are kept in an array of their own, sorted. */
const MAX_BASE = 5;
/** UID_GID_MAP_MAX_EXTENTS. */
const MAX_EXTENTS = 340;

export function readIdMap(kernel: Kernel, user: Kva, which: keyof typeof USER): IdExtent[] {
  const { mem } = kernel;
  const map = (user + kernel.layout('user_namespace', USER)[which]) as Kva;
  const at = kernel.layout('uid_gid_map', MAP);
  const of = kernel.layout('uid_gid_extent', EXTENT);
  const count = mem.u32(map, at.count);
  if (count > MAX_EXTENTS) throw mem.fault('corrupt', `${count} extents in ${which}`, map, at.count);
  const first = count <= MAX_BASE ? ((map + at.extents) as Kva) : mem.ptr(map, at.forward);
  const size = kernel.sizeOf('uid_gid_extent');
  return Array.from({ length: count }, (_, i) => ({
    first: mem.u32(first, i * size + of.first),
    lowerFirst: mem.u32(first, i * size + of.lower),
    count: mem.u32(first, i * size + of.count),
  }));
}

/** /proc/PID/uid_map and gid_map. */
export function idMapText(map: readonly IdExtent[]): string {
  const column = (value: number) => String(value).padStart(10);
  return map
    .map((each) => `${column(each.first)} ${column(each.lowerFirst)} ${column(each.count)}\n`)
    .join('');
}
