// struct nsproxy: the namespaces of a thread, each once, by the number in the link under /proc/PID/ns. What PID 1 has is
// initial: the executor's own stand for it.

import type { Namespace, NamespaceName, Namespaces } from '../../../snapshot/namespaces.js';
import {
  NAMESPACE_FLAG,
  NAMESPACE_KIND,
  type NamespaceKind,
  type Namespace as PlannedNamespace,
} from '../../abi/records/identity.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';

/** The links of children yet to come lead to namespaces of these kinds. */
const CHILDREN: Partial<Record<NamespaceName, NamespaceKind>> = {
  pid_for_children: NAMESPACE_KIND.pid,
  time_for_children: NAMESPACE_KIND.time,
};
const REFUSED: Partial<Record<NamespaceName, ResourceName>> = {
  mnt: 'mount_namespace',
  net: 'network_namespace',
  cgroup: 'cgroup_namespace',
};
/** PROC_*_INIT_INO of include/linux/proc_ns.h, for dumps without a PID 1; mnt and net have none. */
const INITIAL = [0xeffffffa, 0xeffffffb, 0xeffffffc, 0xeffffffd, 0xeffffffe, 0xefffffff];

/** Those of all threads of the plan: sockets and IPC objects, which name theirs, come after. */
export function planAllNamespaces(planning: Planning): void {
  for (const [process, pid] of planning.pids.entries()) {
    for (const { attributes } of planning.index.tasks.get(pid) ?? [])
      if (attributes !== null) planNamespaces(planning, attributes.namespaces, process);
  }
}

export function planNamespaces(planning: Planning, namespaces: Namespaces, process: number): number | null {
  if (namespaces.links.length === 0) return null;
  const key = namespaces.links.map(({ name, inode }) => `${name}:${inode}`).join(' ');
  const known = planning.tables.namespaceSet.find(key);
  const links = namespaces.links.map((link) => {
    const namespace = planNamespace(planning, namespaces, link);
    refuse(planning, link, namespace, process);
    return { kind: NAMESPACE_KIND[link.name], namespace };
  });
  return known ?? planning.tables.namespaceSet.ref(key, () => ({ links }));
}

/** The namespace with that number, where a thread of the plan is in it. */
export function namespaceByInode(planning: Planning, inode: number): number | null {
  return planning.tables.namespace.find(inode);
}

function planNamespace(planning: Planning, of: Namespaces, { name, inode }: Namespace): number {
  return planning.tables.namespace.ref(inode, () => {
    const kind = CHILDREN[name] ?? NAMESPACE_KIND[name];
    const flags = isInitial(planning, inode) ? NAMESPACE_FLAG.initial : 0;
    return { kind, inode, flags, ...settings(kind, of) };
  });
}

function settings(kind: NamespaceKind, of: Namespaces): Omit<PlannedNamespace, 'kind' | 'inode' | 'flags'> {
  const uts = kind === NAMESPACE_KIND.uts;
  const user = kind === NAMESPACE_KIND.user;
  const offsets = kind === NAMESPACE_KIND.time ? of.timeOffsets : null;
  return {
    hostname: uts ? (of.hostname ?? '') : '',
    domainname: uts ? (of.domainname ?? '') : '',
    monotonicOffset: big(offsets?.monotonic ?? 0),
    boottimeOffset: big(offsets?.boottime ?? 0),
    uidMap: user ? of.uidMap : [],
    gidMap: user ? of.gidMap : [],
  };
}

function isInitial({ snapshot }: Planning, inode: number): boolean {
  const init = snapshot.tasks.find(({ tid }) => tid === 1)?.attributes?.namespaces.links ?? [];
  return INITIAL.includes(inode) || init.some((link) => link.inode === inode);
}

function refuse(planning: Planning, { name, inode }: Namespace, object: number, process: number): void {
  const resource = REFUSED[name];
  const row = planning.tables.namespace.rows[object];
  if (resource === undefined || row === undefined || (row.flags & NAMESPACE_FLAG.initial) !== 0) return;
  const reason = `${name}:[${inode}] is not the initial one`;
  planning.refusals.join(resource, { reason, kind: REFUSED_KIND.namespace, object, processes: [process] });
}
