// The namespaces of a task, as the links of /proc/PID/ns. Mirrors fs/proc/namespaces.c and the `get` of each kind's
// proc_ns_operations.

import { type Kva, NULL } from '../../base/address.js';
import type { Namespace, NamespaceName, Namespaces } from '../../snapshot/namespaces.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { PID, TASK, UPID } from '../tasks/layout.js';
import { readIdMap } from './id-map.js';

const OF_TASK = { namespaces: 'nsproxy', credentials: 'cred' } as const;
const PROXY = {
  cgroup: 'cgroup_ns?',
  ipc: 'ipc_ns',
  mnt: 'mnt_ns',
  net: 'net_ns',
  pid_for_children: 'pid_ns_for_children',
  time: 'time_ns?',
  time_for_children: 'time_ns_for_children?',
  uts: 'uts_ns',
} as const;
const CRED = { user: 'user_ns' } as const;
const USER = { level: 'level' } as const;
const UTS = { nodename: 'name.nodename', domainname: 'name.domainname' } as const;
const TIME = {
  monotonicSeconds: 'offsets.monotonic.tv_sec',
  monotonicNs: 'offsets.monotonic.tv_nsec',
  boottimeSeconds: 'offsets.boottime.tv_sec',
  boottimeNs: 'offsets.boottime.tv_nsec',
} as const;
const NS_PER_S = 1_000_000_000n;

/** The struct that each link stands for, and where its ns_common is. */
const STRUCTS: Readonly<Record<NamespaceName, string>> = {
  cgroup: 'cgroup_namespace',
  ipc: 'ipc_namespace',
  mnt: 'mnt_namespace',
  net: 'net',
  pid: 'pid_namespace',
  pid_for_children: 'pid_namespace',
  time: 'time_namespace',
  time_for_children: 'time_namespace',
  user: 'user_namespace',
  uts: 'uts_namespace',
};

export function readNamespaces(kernel: Kernel, task: Kva): Namespaces {
  const { mem, faults } = kernel;
  const at = kernel.layout('task_struct', OF_TASK);
  const proxy = mem.ptr(task, at.namespaces);
  const user = mem.ptr(mem.ptr(task, at.credentials), kernel.layout('cred', CRED).user);
  const found = new Map<NamespaceName, Kva>([...fromProxy(kernel, proxy), ['user', user]]);
  const pid = faults.guard('pid', () => pidNamespace(kernel, task), NULL);
  if (pid !== NULL) found.set('pid', pid);
  return {
    links: (Object.keys(STRUCTS) as NamespaceName[]).flatMap((name) => link(kernel, name, found.get(name))),
    uidMap: faults.guard('uid_map', () => readIdMap(kernel, user, 'uid_map'), []),
    gidMap: faults.guard('gid_map', () => readIdMap(kernel, user, 'gid_map'), []),
    userLevel: faults.guard('user', () => mem.i32(user, kernel.layout('user_namespace', USER).level), 0),
    ...faults.guard('uts', () => hostNames(kernel, found.get('uts')), NO_NAMES),
    timeOffsets: faults.guard('time', () => timeOffsets(kernel, found.get('time_for_children')), null),
  };
}

/** None for a task that has left its namespaces (a zombie). */
function fromProxy(kernel: Kernel, proxy: Kva): [NamespaceName, Kva][] {
  if (proxy === NULL) return [];
  const at = kernel.layout('nsproxy', PROXY);
  return (Object.keys(PROXY) as (keyof typeof PROXY)[]).flatMap((name) => {
    const offset = at[name];
    return offset === undefined ? [] : [[name, kernel.mem.ptr(proxy, offset)] as [NamespaceName, Kva]];
  });
}

/** task_active_pid_ns(): that of its struct pid's deepest number. */
function pidNamespace(kernel: Kernel, task: Kva): Kva {
  const { mem } = kernel;
  const pid = mem.ptr(task, kernel.layout('task_struct', TASK).threadPid);
  if (pid === NULL) return NULL;
  const at = kernel.layout('pid', PID);
  const upid = at.numbers + mem.u32(pid, at.level) * kernel.sizeOf('upid');
  return mem.ptr(pid, upid + kernel.layout('upid', UPID).ns);
}

function link(kernel: Kernel, name: NamespaceName, address: Kva | undefined): Namespace[] {
  if (address === undefined || address === NULL) return [];
  const read = () => [{ name, inode: inodeOf(kernel, name, address), address: kernel.mem.hex(address) }];
  return kernel.faults.guard(`ns/${name}`, read, []);
}

function inodeOf(kernel: Kernel, name: NamespaceName, address: Kva): number {
  return kernel.mem.u32(address, inodeLayouts(kernel, STRUCTS[name]));
}

const INODE = Object.fromEntries(Object.values(STRUCTS).map((name) => [name, { inode: 'ns.inum' }]));

function inodeLayouts(kernel: Kernel, struct: string): number {
  return kernel.layout(struct, INODE[struct] as { inode: string }).inode;
}

const NO_NAMES = { hostname: null, domainname: null };

function hostNames(kernel: Kernel, uts: Kva | undefined) {
  if (uts === undefined || uts === NULL) return NO_NAMES;
  const at = kernel.layout('uts_namespace', UTS);
  return {
    hostname: kernel.mem.cstr(uts, at.nodename, 64),
    domainname: kernel.mem.cstr(uts, at.domainname, 64),
  };
}

function timeOffsets(kernel: Kernel, time: Kva | undefined): Namespaces['timeOffsets'] {
  if (time === undefined || time === NULL) return null;
  const at = kernel.layout('time_namespace', TIME);
  const ns = (seconds: number, rest: number) =>
    wide(kernel.mem.i64(time, seconds) * NS_PER_S + kernel.mem.i64(time, rest));
  return {
    monotonic: ns(at.monotonicSeconds, at.monotonicNs),
    boottime: ns(at.boottimeSeconds, at.boottimeNs),
  };
}
