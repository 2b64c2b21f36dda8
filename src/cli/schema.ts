// The shape of every --json output. docs/schema/ is generated from these types (npm run schema), and a test checks
// what the commands print against it.
import type { Hex } from '../base/address.js';
import type { FaultRecord } from '../base/fault.js';
import type { CoreReport } from '../parsers/core/core-file.js';
import type { TraitRow } from '../parsers/traits.js';
import type { TypeShape } from '../parsers/types/describe.js';
import type { TaskAttributes } from '../snapshot/attributes.js';
import type { CgroupHierarchy } from '../snapshot/cgroups.js';
import type { AioContext, DescriptorDetail } from '../snapshot/descriptor.js';
import type { FileDescriptor, Mount } from '../snapshot/files.js';
import type { IpcNamespace } from '../snapshot/ipc.js';
import type { FileLock } from '../snapshot/lock.js';
import type {
  CrashImage,
  DeviceNumbers,
  Interrupts,
  RunQueue,
  SlabCache,
  VmCounter,
} from '../snapshot/machine.js';
import type { Mm, PageRun, PageTotals, RssCounters, Vma } from '../snapshot/mm.js';
import type { InterfaceAddress, NetDevice, Route } from '../snapshot/network.js';
import type { CachedFile, CachedRun } from '../snapshot/pagecache.js';
import type { ProcessSignals } from '../snapshot/signals.js';
import type { Socket, SocketOwner } from '../snapshot/socket.js';
import type { SwapArea } from '../snapshot/swap.js';
import type { LogRecord, Module, StackFrame, System } from '../snapshot/system.js';
import type { ProcessDetail, Task } from '../snapshot/task.js';
import type { Terminal } from '../snapshot/terminal.js';
import type { SystemCall, Thread, UserBacktrace } from '../snapshot/thread.js';
import type { ProcessTimers, QueuedTimer } from '../snapshot/timers.js';
import type { TmpfsTree } from '../snapshot/tmpfs.js';
import { PLAN_VERSIONS, type PlanOutputs } from './plan/outputs.js';

/** `ps`: a task, and the size of its address space in pages; null where it has none. */
export interface PsRow extends Task {
  readonly rssPages: number | null;
  readonly vmPages: number | null;
}

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  /** Effective uid; null where the credentials could not be read. */
  readonly uid: number | null;
  readonly state: string;
  readonly threads: number;
  readonly rssPages: number;
  readonly swapPages: number;
  readonly vmas: number;
  readonly files: number;
  readonly tty: string | null;
  readonly comm: string;
  /** Its arguments; the command name in brackets where it has none. */
  readonly command: string;
}

export interface TaskCounts {
  readonly total: number;
  readonly processes: number;
  readonly userThreads: number;
  readonly kernelThreads: number;
  readonly idle: number;
  readonly zombies: number;
  readonly onCpu: readonly { readonly tid: number; readonly cpu: number }[];
}

export interface Branch {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly threads: number;
  readonly children: readonly Branch[];
}

export interface Backtrace {
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  readonly cpu: number;
  readonly state: string;
  /** Innermost first. */
  readonly frames: readonly StackFrame[];
  /** With --user; null where there is no user stack. */
  readonly user?: UserBacktrace | null;
}

/** What is behind a descriptor. */
export interface DescriptorPage {
  readonly fd: number;
  /** Null for what is no more than a file. */
  readonly detail: DescriptorDetail | null;
  /** The text of /proc/PID/fdinfo/FD. */
  readonly fdinfo: string;
}

/** `regs`: a thread, and its command. */
export interface RegsRow extends Thread {
  readonly comm: string;
}

export interface FoundSymbol {
  readonly name: string;
  readonly address: Hex;
  /** Bytes from the symbol's start to the address asked for. */
  readonly offset: number;
  /** nm's letter, as in /proc/kallsyms; null where one symbol was asked for. */
  readonly type: string | null;
  readonly module: string | null;
}

/** A place that `search` found. */
export interface SearchRow {
  /** Whose memory; null for the kernel's, and for physical memory. */
  readonly pid: number | null;
  /** Of its first byte: kernel, user or physical address, as was searched. */
  readonly address: Hex;
  /** `symbol+0x10` within the kernel's image; of a process the VMA's name and the offset in its file. */
  readonly where: string | null;
  /** What stands there, hex, as far as can be read. */
  readonly bytes: string;
}

/** One page of the section `task`. */
export interface TaskPage {
  readonly task: Task;
  readonly detail: ProcessDetail;
  readonly mm: Mm | null;
  /** With what the threads have not yet told the mm's own counters. */
  readonly resident: RssCounters | null;
  readonly threads: readonly Task[];
  /** What each of `threads` was doing in the kernel; null for a kernel thread. */
  readonly calls: readonly (SystemCall | null)[];
  readonly descriptors: readonly FileDescriptor[];
  readonly vmas: number;
  readonly attributes: TaskAttributes;
  /** Of its process; null for a kernel thread. */
  readonly signals: ProcessSignals | null;
  readonly timers: ProcessTimers | null;
}

export interface InfoOutput {
  readonly image: {
    readonly path: string;
    readonly format: string;
    readonly bytes: number;
    readonly ranges: number;
  };
  readonly kernel: {
    readonly release: string;
    readonly banner: string;
    readonly buildId: string | null;
    readonly vmcoreinfoFrom: string | null;
    readonly vmcoreinfo: { readonly [key: string]: string };
    readonly kaslrOffset: number;
    readonly physBase: number;
    readonly pagingLevels: 4 | 5;
    readonly evidence: readonly string[];
  };
  readonly symbols: { readonly origin: string };
  readonly types: { readonly origin: string };
  readonly directMap: { readonly start: Hex; readonly bytes: number };
  readonly traits: readonly TraitRow[];
}

/** What `timers` tells of a process. */
export interface TimersRow extends ProcessTimers {
  readonly comm: string;
}

/** What `sig` tells of a process. */
export interface SignalsRow extends ProcessSignals {
  readonly comm: string;
}

/** A namespace, and who is in it. */
export interface NamespaceRow {
  /** `mnt`, `net`, …: as links of /proc/PID/ns begin. */
  readonly type: string;
  readonly inode: number;
  readonly address: Hex;
  /** Threads in it. */
  readonly tids: readonly number[];
  /** Threads whose children will be in it (pid and time). */
  readonly forChildrenOf: readonly number[];
  /** Hostname, map of user ids, or clock offsets. */
  readonly detail: string;
}

/** What `maps` tells of a process. */
export interface MapsOutput {
  readonly pid: number;
  readonly comm: string;
  readonly vmas: readonly Vma[];
  /** With --files. */
  readonly descriptors?: readonly FileDescriptor[];
}

/** The pages of one VMA. */
export interface VmaPages {
  readonly start: number;
  readonly end: number;
  readonly perms: string;
  readonly name: string;
  /** In pages. */
  readonly present: number;
  readonly anon: number;
  /** Of the page cache, shmem included. */
  readonly file: number;
  readonly swap: number;
  readonly zero: number;
  readonly dirty: number;
}

/** What `pages` tells of a process. */
export interface PagesOutput {
  readonly pid: number;
  readonly comm: string;
  readonly totals: PageTotals;
  /** Left out where every process is listed and only totals were asked for. */
  readonly vmas?: readonly VmaPages[];
  /** With --runs. */
  readonly runs?: readonly PageRun[];
}

/** `net`: a socket, and the descriptors that refer to it. */
export interface SocketRow extends Socket {
  readonly owners: readonly SocketOwner[];
}

/** `pagecache`: a file, who has it open or mapped, and its pages where it was named. */
export interface CachedFileRow extends CachedFile {
  /** `fd` is null of a process that only has it mapped. */
  readonly holders: readonly { readonly pid: number; readonly fd: number | null }[];
  readonly runs?: readonly CachedRun[];
}

/** The error that --json prints on stderr. */
export interface ErrorOutput {
  readonly schema: 'otherworld/error/1';
  readonly error: {
    /** docs/exit-codes.md. */
    readonly exitCode: number;
    readonly message: string;
    /** What the user can do. */
    readonly hint: string | null;
  };
}

/** `data` of each output, by the middle part of its `schema` (`otherworld/ps/1`). */
export interface Outputs extends PlanOutputs {
  readonly overview: {
    readonly image: { readonly path: string; readonly format: string };
    readonly system: System;
    readonly tasks: TaskCounts;
    readonly processes: readonly ProcessRow[];
  };
  readonly ps: readonly PsRow[];
  readonly tree: readonly Branch[];
  readonly task: readonly TaskPage[];
  readonly maps: readonly MapsOutput[];
  readonly pages: readonly PagesOutput[];
  readonly files: readonly {
    readonly pid: number;
    readonly comm: string;
    readonly exe: string | null;
    readonly cwd: string | null;
    readonly root: string | null;
    readonly descriptors: readonly FileDescriptor[];
    /** With --verbose. */
    readonly details?: readonly DescriptorPage[];
    /** With --verbose. */
    readonly aio?: readonly AioContext[];
  }[];
  readonly ttys: readonly Terminal[];
  readonly locks: readonly FileLock[];
  readonly ipc: readonly IpcNamespace[];
  readonly swap: readonly SwapArea[];
  readonly pagecache: readonly CachedFileRow[];
  readonly tmpfs: readonly TmpfsTree[];
  readonly 'pagecache-extract': {
    readonly inode: Hex;
    readonly path: string | null;
    readonly file: string;
    readonly bytes: number;
    /** Pages that are not in memory; zeroes stand in their place. */
    readonly missing: readonly CachedRun[];
  };
  readonly dmesg: readonly LogRecord[];
  readonly bt: readonly Backtrace[];
  readonly regs: readonly RegsRow[];
  readonly sig: readonly SignalsRow[];
  readonly timers: {
    /** Of those named; else of those that have timers. */
    readonly processes: readonly TimersRow[];
    /** With --queues. */
    readonly queues?: readonly QueuedTimer[];
  };
  readonly ns: readonly NamespaceRow[];
  readonly cgroups: readonly CgroupHierarchy[];
  readonly irq: Interrupts;
  readonly dev: DeviceNumbers;
  readonly runq: readonly RunQueue[];
  readonly slab: readonly SlabCache[];
  readonly vmstat: readonly VmCounter[];
  readonly kexec: {
    readonly reservations: System['crashReservations'];
    readonly image: CrashImage | null;
  };
  readonly modules: readonly Module[];
  readonly mounts: readonly Mount[];
  readonly net: readonly SocketRow[];
  readonly 'net-proc': readonly string[];
  readonly 'net-devices': readonly NetDevice[];
  readonly 'net-addresses': readonly InterfaceAddress[];
  readonly 'net-routes': readonly Route[];
  readonly sym: readonly FoundSymbol[];
  readonly struct: readonly TypeShape[];
  readonly 'struct-value': readonly {
    /** As it was asked for: `task_struct.comm`. */
    readonly type: string;
    readonly address: Hex;
    /** An object: members by name; pointers as hex text, enums as names where known, character arrays as text. */
    readonly value: unknown;
  }[];
  readonly read:
    | {
        readonly address: Hex;
        readonly hex: string;
        /** User pages that are not in memory; their bytes are zeroes in `hex`. */
        readonly missing: readonly { readonly address: Hex; readonly why: string }[];
      }
    | { readonly address: Hex; readonly file: string; readonly bytes: number };
  readonly search: {
    /** Hex. */
    readonly pattern: string;
    /** There are more places than --limit allows. */
    readonly more: boolean;
    readonly places: readonly SearchRow[];
  };
  readonly core: CoreReport & { readonly file: string };
  readonly translate: {
    readonly address: string;
    readonly physical: Hex | null;
    readonly steps: readonly { readonly level: string; readonly at: Hex; readonly entry: Hex }[];
  };
  readonly faults: { readonly count: number; readonly records: readonly FaultRecord[] };
  readonly info: InfoOutput;
}

/** The last part of `schema`: bumped when a field changes its meaning or goes. Adding fields does not bump it. */
export const VERSIONS: { readonly [Name in keyof Outputs]: number } = {
  overview: 1,
  ps: 1,
  tree: 1,
  task: 1,
  maps: 1,
  pages: 1,
  files: 1,
  ttys: 1,
  locks: 1,
  ipc: 1,
  swap: 1,
  pagecache: 1,
  'pagecache-extract': 1,
  tmpfs: 1,
  dmesg: 1,
  bt: 1,
  regs: 1,
  sig: 1,
  timers: 1,
  ns: 1,
  cgroups: 1,
  irq: 1,
  dev: 1,
  runq: 1,
  slab: 1,
  vmstat: 1,
  kexec: 1,
  modules: 1,
  mounts: 1,
  net: 1,
  'net-proc': 1,
  'net-devices': 1,
  'net-addresses': 1,
  'net-routes': 1,
  sym: 1,
  struct: 1,
  'struct-value': 1,
  read: 1,
  search: 1,
  core: 1,
  translate: 1,
  faults: 1,
  info: 1,
  ...PLAN_VERSIONS,
};
