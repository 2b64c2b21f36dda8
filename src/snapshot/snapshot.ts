// The root of a snapshot: the whole description of a dead machine, as one JSON document. Every object of the kernel that
// can be shared stands once, in a list of its kind, and is referred to by its address: what was shared there is shared
// here. docs/schema/snapshot.json is generated from this type; docs/snapshot.md tells how its parts hang together.

import type { Hex } from '../base/address.js';
import type { FaultRecord } from '../base/fault.js';
import type { TaskAttributes } from './attributes.js';
import type { CgroupHierarchy } from './cgroups.js';
import type { AioContext, DescriptorDetail } from './descriptor.js';
import type { FileOwner, Mount, OpenFile } from './files.js';
import type { IpcNamespace } from './ipc.js';
import type { FileLock } from './lock.js';
import type { Machine } from './machine.js';
import type { Mm, PageRun, PageTotals, RssCounters, Vma } from './mm.js';
import type { InterfaceAddress, NetDevice, Route } from './network.js';
import type { FilePages } from './pagecache.js';
import type { ProcessSignals } from './signals.js';
import type { Socket } from './socket.js';
import type { SwapArea, SwapCacheRun } from './swap.js';
import type { LogRecord, Module, StackFrame, System } from './system.js';
import type { Credentials, ProcessDetail, Task } from './task.js';
import type { Terminal } from './terminal.js';
import type { Thread, UserBacktrace } from './thread.js';
import type { ProcessTimers, QueuedTimer } from './timers.js';
import type { TmpfsTree } from './tmpfs.js';

/** The number is raised when a field changes its meaning or goes. New fields come without: ignore what you do not know. */
export const SNAPSHOT_SCHEMA = 'otherworld/snapshot/1';

export interface SnapshotImage {
  readonly path: string;
  readonly format: string;
  /** Physical memory that it holds, bytes. */
  readonly bytes: number;
}

export interface SnapshotKernel {
  readonly release: string;
  /** The whole banner, `Linux version …`. */
  readonly banner: string;
  readonly buildId: string | null;
  /** Run-time minus link-time address of the kernel text, bytes. */
  readonly kaslrOffset: number;
  readonly physBase: number;
  readonly pagingLevels: 4 | 5;
  /** SHA-256, hex digits, of pages that tell this dump from that of another machine or another death. */
  readonly identity: string;
  /** Physical addresses of those pages, in the order in which they are digested; empty where the dump lacks one. */
  readonly identityPages: readonly number[];
  /** RAM, physical addresses [start, end): as the firmware told the kernel, or else what the image holds. */
  readonly ram: readonly { readonly start: number; readonly end: number }[];
}

/** struct mm_struct with all that is in it; tasks refer to `address`. */
export interface AddressSpace extends Mm {
  /** In the order of addresses. `file` refers to `files`. */
  readonly vmas: readonly Vma[];
  readonly pages: PageTotals;
  /** Every page that the page tables hold, in the order of addresses. */
  readonly runs: readonly PageRun[];
}

export interface SnapshotDescriptor {
  readonly fd: number;
  readonly closeOnExec: boolean;
  /** Refers to `files`. */
  readonly file: Hex;
}

/** An open file description. Of a socket, `inode` leads to `sockets`. */
export interface SnapshotFile extends OpenFile {
  /** F_SETOWN; null where nobody is told. */
  readonly owner: FileOwner | null;
  /** What stands behind it, if it is more than a file: refers to `objects`. */
  readonly object: Hex | null;
}

/** struct files_struct; tasks refer to `address`. */
export interface FileTable {
  readonly address: Hex;
  readonly descriptors: readonly SnapshotDescriptor[];
}

/** The mounts of a namespace as seen from one root directory; processes refer to `id`. */
export interface MountView {
  readonly id: number;
  readonly mounts: readonly Mount[];
}

/** A process: what its threads have in common beside memory and files. */
export interface SnapshotProcess extends ProcessDetail {
  /** Thread ids, the leader's first. */
  readonly threads: readonly number[];
  /** The mm's counters, and what its threads had not yet added to them; null without an address space. */
  readonly resident: RssCounters | null;
  readonly limits: TaskAttributes['limits'];
  /** Null where they could not be read. */
  readonly signals: ProcessSignals | null;
  /** io_setup(2)'s. */
  readonly aio: readonly AioContext[];
  readonly timers: ProcessTimers | null;
  /** Refers to `mountViews`; null for a process past its end. */
  readonly mountView: number | null;
}

/** A thread. `mm` refers to `mms`, `filesTable` to `fileTables`, `credentials` to the list of that name. */
export interface SnapshotTask extends Omit<Task, 'credentials'> {
  readonly credentials: Hex | null;
  /** Null for idle tasks. */
  readonly attributes: Omit<TaskAttributes, 'tid' | 'limits'> | null;
  /** Null for kernel threads. */
  readonly thread: Omit<Thread, 'pid' | 'tid'> | null;
  /** Innermost frame first. */
  readonly kernelStack: readonly StackFrame[];
  /** Null for what has no user registers, or no memory any more. */
  readonly userStack: UserBacktrace | null;
}

export interface Snapshot {
  readonly schema: typeof SNAPSHOT_SCHEMA;
  readonly image: SnapshotImage;
  readonly kernel: SnapshotKernel;
  readonly system: System;
  readonly machine: Machine;
  readonly log: readonly LogRecord[];
  readonly modules: readonly Module[];
  readonly credentials: readonly Credentials[];
  /** Of the idle tasks, kernel threads, processes and their threads, in the kernel's order. */
  readonly tasks: readonly SnapshotTask[];
  readonly processes: readonly SnapshotProcess[];
  readonly mms: readonly AddressSpace[];
  readonly fileTables: readonly FileTable[];
  /** Open file descriptions: those with a descriptor, those that are mapped, and those on their way in a socket's queue. */
  readonly files: readonly SnapshotFile[];
  /** Pipes, epoll instances, timers, memfds …: what files refer to. */
  readonly objects: readonly DescriptorDetail[];
  /**
   * Files that are open, mapped, in memory only (tmpfs, memfd, shared memory, hugetlbfs), or have pages that the disk
   * lacks; one with no page in memory or on swap is not here. By struct inode: `files[].inodeAddress`, `tmpfs` and
   * `ipc[].shm[].inode` refer to it.
   */
  readonly pageCache: readonly FilePages[];
  /** File systems that are in memory only; what is in a file is in `pageCache` under its inode. */
  readonly tmpfs: readonly TmpfsTree[];
  readonly mountViews: readonly MountView[];
  readonly sockets: readonly Socket[];
  /** Of every network namespace. */
  readonly networkDevices: readonly NetDevice[];
  readonly networkAddresses: readonly InterfaceAddress[];
  readonly networkRoutes: readonly Route[];
  readonly swapAreas: readonly SwapArea[];
  /** Of the slots that `mms` and `pageCache` refer to, those that need no reading from the area. */
  readonly swapCache: readonly SwapCacheRun[];
  readonly locks: readonly FileLock[];
  readonly ipc: readonly IpcNamespace[];
  readonly terminals: readonly Terminal[];
  /** The trees of control groups; they refer to tasks by thread id. */
  readonly cgroups: readonly CgroupHierarchy[];
  /** High-resolution timers on the queues of the CPUs. */
  readonly queuedTimers: readonly QueuedTimer[];
  /** What could not be read. Last: it is complete when all else has been. */
  readonly faults: { readonly count: number; readonly records: readonly FaultRecord[] };
}
