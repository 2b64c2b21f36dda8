// Descriptors that stand for one kernel object: pidfd (kernel/pid.c, fs/pidfs.c), userfaultfd (fs/userfaultfd.c), perf
// (kernel/events/core.c), POSIX queues, memfd (mm/memfd.c).

import { type Kva, NULL } from '../../base/address.js';
import type {
  MemfdDetail,
  MqueueDetail,
  PerfDetail,
  PidfdDetail,
  UserfaultfdDetail,
} from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { hex64, inodeOf, type Opened, privateData } from './open-object.js';

const INODE = { private: 'i_private' } as const;
const PID = { level: 'level', tasks: 'tasks', numbers: 'numbers' } as const;
const UPID = { number: 'nr' } as const;
const USERFAULT = {
  pending: 'fault_pending_wqh.head',
  total: 'fault_wqh.head',
  features: 'features',
} as const;
const EVENT = { attributes: 'attr', pmu: 'pmu' } as const;
const PMU = { type: 'type' } as const;
const ATTRIBUTES = { type: 'type', config: 'config' } as const;
/** Those that came later; missing ones end the list. */
const CONFIGS = ['config', 'config1', 'config2', 'config3', 'config4'] as const;
const SHMEM = { seals: 'seals', inode: 'vfs_inode' } as const;
const HUGETLB = { seals: 'seals', inode: 'vfs_inode' } as const;
const MAX_LEVEL = 32;
const MAX_WAITERS = 1 << 20;
const MEMFD = /^\/memfd:(.*) \(deleted\)$/s;

/** Before 6.9 pidfds had no file system, and the struct pid with the file. */
export function readPidfd(opened: Opened): PidfdDetail {
  const { kernel, file } = opened;
  const isInode = file.fsType === 'pidfs';
  const pid = isInode
    ? kernel.mem.ptr(inodeOf(opened), kernel.layout('inode', INODE).private)
    : privateData(opened);
  return { kind: 'pidfd', address: kernel.mem.hex(pid), pids: pidNumbers(kernel, pid) };
}

function pidNumbers(kernel: Kernel, pid: Kva): number[] {
  const { mem } = kernel;
  const at = kernel.layout('pid', PID);
  if (mem.ptr(pid, at.tasks) === NULL) return [];
  const level = mem.u32(pid, at.level);
  if (level > MAX_LEVEL) throw mem.fault('corrupt', `a pid of level ${level}`, pid, at.level);
  const [size, { number }] = [kernel.sizeOf('upid'), kernel.layout('upid', UPID)];
  return Array.from({ length: level + 1 }, (_, i) => mem.i32(pid, at.numbers + i * size + number));
}

export function* pidfdInfo({ pids }: PidfdDetail): Generator<string> {
  yield `Pid:\t${pids[0] ?? -1}`;
  yield `NSpid:\t${pids.length === 0 ? -1 : pids.join('\t')}`;
}

export function readUserfaultfd(opened: Opened): UserfaultfdDetail {
  const { kernel } = opened;
  const context = privateData(opened);
  const at = kernel.layout('userfaultfd_ctx', USERFAULT);
  const length = (head: number) => {
    let count = 0;
    forEachListEntry(kernel, (context + head) as Kva, 0, () => ++count, MAX_WAITERS);
    return count;
  };
  const pending = length(at.pending);
  return {
    kind: 'userfaultfd',
    address: kernel.mem.hex(context),
    pending,
    total: pending + length(at.total),
    features: kernel.mem.u32(context, at.features),
  };
}

/** Operations that this kernel has: UFFD_API_IOCTLS and UFFD_API_RANGE_IOCTLS, by the types of their arguments. */
const RANGE_IOCTLS: readonly (readonly [argument: string, bit: bigint])[] = [
  ['uffdio_range', 2n],
  ['uffdio_copy', 3n],
  ['uffdio_zeropage', 4n],
  ['uffdio_move', 5n],
  ['uffdio_writeprotect', 6n],
  ['uffdio_continue', 7n],
  ['uffdio_poison', 8n],
];
const UFFD_API = 0xaan;
/** UFFDIO_REGISTER, UFFDIO_UNREGISTER and UFFDIO_API. */
const API_IOCTLS = 0x8000_0000_0000_0003n;

export function* userfaultfdInfo({ kernel }: Opened, detail: UserfaultfdDetail): Generator<string> {
  const known = RANGE_IOCTLS.filter(([argument]) => kernel.types.sizeOf(argument) !== undefined);
  const ioctls = known.reduce((bits, [, bit]) => bits | (1n << bit), API_IOCTLS);
  yield `pending:\t${detail.pending}`;
  yield `total:\t${detail.total}`;
  yield `API:\t${UFFD_API.toString(16)}:${detail.features.toString(16)}:${ioctls.toString(16)}`;
}

export function readPerf(opened: Opened): PerfDetail {
  const { kernel } = opened;
  const { mem } = kernel;
  const event = privateData(opened);
  const at = kernel.layout('perf_event', EVENT);
  const of = kernel.layout('perf_event_attr', ATTRIBUTES);
  const offsets = CONFIGS.map((name) => kernel.types.member(`perf_event_attr.${name}`)?.offset);
  const pmu = mem.ptr(event, at.pmu);
  return {
    kind: 'perf',
    address: mem.hex(event),
    type: mem.u32(event, at.attributes + of.type),
    pmuType: pmu === NULL ? -1 : mem.i32(pmu, kernel.layout('pmu', PMU).type),
    config: offsets
      .filter((offset) => offset !== undefined)
      .map((offset) => hex64(mem.u64(event, at.attributes + offset))),
  };
}

/** Only kernels with perf_show_fdinfo() tell. */
export function* perfInfo({ kernel }: Opened, { type, pmuType, config }: PerfDetail): Generator<string> {
  if (kernel.symbols.address('perf_show_fdinfo') === undefined) return;
  yield `perf_event_attr.type:\t${type}`;
  yield `pmu_type:\t${pmuType}`;
  for (const [i, value] of config.entries()) yield `perf_event_attr.${CONFIGS[i]}:\t${value}`;
}

/** Null for a file of tmpfs or hugetlbfs that has a name there. */
export function readMemfd(opened: Opened): MemfdDetail | null {
  const { kernel, file } = opened;
  const [, name] = MEMFD.exec(file.path) ?? [];
  if (name === undefined) return null;
  const huge = file.fsType === 'hugetlbfs';
  const at = huge ? kernel.layout('hugetlbfs_inode_info', HUGETLB) : kernel.layout('shmem_inode_info', SHMEM);
  const inode = inodeOf(opened);
  const seals = kernel.mem.u32((inode - at.inode) as Kva, at.seals);
  return { kind: 'memfd', address: kernel.mem.hex(inode), name, seals, huge };
}

export function readMqueue(opened: Opened): MqueueDetail {
  return { kind: 'mqueue', address: opened.kernel.mem.hex(inodeOf(opened)) };
}
