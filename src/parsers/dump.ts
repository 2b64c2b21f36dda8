// A dump that has been opened: everything that can be read from it, read when first asked for. This is what commands,
// planner and library users hold; it owns the image and must be closed.

import type { Hex, Kva, Phys } from '../base/address.js';
import { AbsentError } from '../base/error.js';
import { FaultLog } from '../base/fault.js';
import { Memo } from '../base/memo.js';
import type { TaskAttributes } from '../snapshot/attributes.js';
import type { CgroupHierarchy } from '../snapshot/cgroups.js';
import type { AioContext, DescriptorDetail } from '../snapshot/descriptor.js';
import type { FileDescriptor, Mount, OpenFile } from '../snapshot/files.js';
import type { IpcNamespace } from '../snapshot/ipc.js';
import type { FileLock } from '../snapshot/lock.js';
import type { Machine } from '../snapshot/machine.js';
import type { Mm, RssCounters, Vma } from '../snapshot/mm.js';
import type { ProcessSignals } from '../snapshot/signals.js';
import type { SwapArea } from '../snapshot/swap.js';
import type { LogRecord, Module, StackFrame, System } from '../snapshot/system.js';
import type { ProcessDetail, Task } from '../snapshot/task.js';
import type { Terminal } from '../snapshot/terminal.js';
import type { Thread, UserBacktrace } from '../snapshot/thread.js';
import type { ProcessTimers, QueuedTimer } from '../snapshot/timers.js';
import { readAioContexts } from './descriptors/aio.js';
import { readDescriptor } from './descriptors/descriptor.js';
import { fdinfoLines } from './descriptors/fdinfo.js';
import { readIpc } from './descriptors/ipc.js';
import { readLocks } from './descriptors/lock.js';
import type { Opened } from './descriptors/open-object.js';
import { readTerminals } from './descriptors/ttys.js';
import { readFiles } from './fs/fd-table.js';
import { readMounts } from './fs/mounts.js';
import { openFile } from './fs/open-file.js';
import type { Image } from './image/image.js';
import { openImage } from './image/open.js';
import { PhysicalMemory } from './image/physical-memory.js';
import type { Kernel } from './kernel/kernel.js';
import { type OpenKernelOptions, openKernel } from './kernel/open-kernel.js';
import { readMm } from './mm/mm.js';
import { type PageWalk, walkPages } from './mm/page-walk.js';
import { residentPages } from './mm/rss.js';
import { UserMemory } from './mm/user-memory.js';
import { readVmas } from './mm/vmas.js';
import { Network } from './net/network.js';
import { PageCache } from './pagecache/page-cache.js';
import { PageTable } from './paging/page-table.js';
import { readAttributes } from './signals/attributes.js';
import { readCgroupTrees } from './signals/cgroup-tree.js';
import { readQueuedTimers } from './signals/hrtimer.js';
import { readSignals } from './signals/signals.js';
import { readTimers } from './signals/timers.js';
import { backtrace } from './stack/backtrace.js';
import { readSwapAreas } from './swap/areas.js';
import { attachSwapFile } from './swap/swap-file.js';
import { SymbolLibrary, shippedLibrary } from './symbols/library.js';
import { readLog } from './system/log/log.js';
import { readMachine } from './system/machine/machine.js';
import { readModules } from './system/modules.js';
import { readSystem } from './system/system.js';
import { tasksByMm } from './tasks/by-mm.js';
import { listTasks } from './tasks/list.js';
import { processDetail } from './tasks/process-detail.js';
import { readThread } from './threads/thread.js';
import { readUserBacktrace } from './threads/user/user-backtrace.js';

export type OpenOptions = Omit<OpenKernelOptions, 'faults'>;

/**
 * Opens the memory image of a Linux guest and finds the kernel in it.
 * Throws InputError for what is no such image, SystemError where the file cannot be read.
 */
export function openDump(path: string, options: OpenOptions = {}): Dump {
  const image = openImage(path);
  try {
    const shipped = shippedLibrary();
    return inspectMemory(new PhysicalMemory(image), {
      library: SymbolLibrary.standard(),
      sharedAnswers: shipped === undefined ? [] : [shipped],
      ...options,
    });
  } catch (error) {
    image.close();
    throw error;
  }
}

/** As openDump, of memory that is open already; closing the dump closes its image. */
export function inspectMemory(memory: PhysicalMemory, options: OpenOptions = {}): Dump {
  const faults = new FaultLog(memory.image.faults);
  return new Dump(memory.image, openKernel(memory, { ...options, faults }));
}

export class Dump {
  private readonly mms = new Memo<Mm | null>();
  private readonly residents = new Memo<RssCounters>();
  private readonly vmaLists = new Memo<readonly Vma[]>();
  private readonly fileTables = new Memo<readonly FileDescriptor[]>();
  private readonly details = new Memo<ProcessDetail>();
  private readonly descriptors = new Memo<DescriptorDetail | null>();
  private readonly attributeSets = new Memo<TaskAttributes>();
  private readonly signalSets = new Memo<ProcessSignals | null>();
  private readonly timerSets = new Memo<ProcessTimers | null>();
  private timerQueues: readonly QueuedTimer[] | undefined;
  private cgroupTrees: readonly CgroupHierarchy[] | undefined;
  private sharers: Map<Hex, Task[]> | undefined;
  private taskList: readonly Task[] | undefined;
  private theSystem: System | undefined;
  private logRecords: readonly LogRecord[] | undefined;
  private theMachine: Machine | undefined;
  private moduleList: readonly Module[] | undefined;
  private theNetwork: Network | undefined;
  private lockList: readonly FileLock[] | undefined;
  private ipcList: readonly IpcNamespace[] | undefined;
  private terminalList: readonly Terminal[] | undefined;
  private swapList: readonly SwapArea[] | undefined;
  private readonly swapFiles: { close(): void }[] = [];
  private thePageCache: PageCache | undefined;

  constructor(
    readonly image: Image,
    readonly kernel: Kernel,
  ) {}

  /** Every task: threads, zombies, kernel threads, idle tasks; in the kernel's order. */
  get tasks(): readonly Task[] {
    this.taskList ??= listTasks(this.kernel);
    return this.taskList;
  }

  get system(): System {
    this.theSystem ??= readSystem(this.kernel, this.log);
    return this.theSystem;
  }

  get log(): readonly LogRecord[] {
    this.logRecords ??= readLog(this.kernel);
    return this.logRecords;
  }

  /** Interrupts, device numbers, run queues, the crash kernel that was loaded. */
  get machine(): Machine {
    this.theMachine ??= readMachine(this.kernel);
    return this.theMachine;
  }

  get modules(): readonly Module[] {
    this.moduleList ??= readModules(this.kernel);
    return this.moduleList;
  }

  /** Locks and leases on files, as /proc/locks lists them. */
  get locks(): readonly FileLock[] {
    this.lockList ??= this.kernel.faults.guard('locks', () => readLocks(this.kernel), []);
    return this.lockList;
  }

  /** System V and POSIX IPC of every ipc namespace, the initial one first. */
  get ipc(): readonly IpcNamespace[] {
    this.ipcList ??= this.kernel.faults.guard('ipc', () => readIpc(this.kernel, this.tasks), []);
    return this.ipcList;
  }

  /** Swap areas, by the type that swap entries name them by. */
  get swapAreas(): readonly SwapArea[] {
    this.swapList ??= this.kernel.faults.guard('swap areas', () => readSwapAreas(this.kernel), []);
    return this.swapList;
  }

  /** Terminals, both sides of ptys, in the order of device numbers. */
  get terminals(): readonly Terminal[] {
    const read = () => readTerminals(this.kernel, this.tasks, this.openTerminals());
    this.terminalList ??= this.kernel.faults.guard('terminals', read, []);
    return this.terminalList;
  }

  private openTerminals(): Kva[] {
    const open = this.tasks.flatMap((task) => this.files(task).map(({ file }) => this.descriptor(file)));
    return open.filter((each) => each?.kind === 'tty').map(({ address }) => this.address(address));
  }

  /** From now on, pages of a swap area are read from an image of it: `FILE`, or `TYPE=FILE`. */
  attachSwap(given: string): void {
    this.swapFiles.push(attachSwapFile(this.kernel, this.swapAreas, given));
  }

  /** What of files is in memory, on disk or not. */
  get pageCache(): PageCache {
    this.thePageCache ??= new PageCache(this.kernel, this);
    return this.thePageCache;
  }

  /** Null for a kernel thread, a dead task, or an mm that cannot be read (a fault tells). */
  mm(task: Task): Mm | null {
    const { mm } = task;
    return mm === null
      ? null
      : this.mms.get(mm, () => this.guard(task, 'mm', () => readMm(this.kernel, mm), null));
  }

  /** The mm of a task that must have one. */
  private addressSpace(task: Task): Mm {
    const mm = this.mm(task);
    if (mm === null) throw new AbsentError(`${task.tid} (${task.comm}) has no address space`);
    return mm;
  }

  /** Pages that the process has in memory: the mm's counters, and what its threads have not yet added to them. */
  resident(task: Task): RssCounters | null {
    const mm = this.mm(task);
    if (mm === null) return null;
    const sharers = (this.sharers ??= tasksByMm(this.tasks)).get(mm.address) ?? [task];
    const addresses = () => sharers.map(({ address }) => this.address(address));
    const read = () => residentPages(this.kernel, mm.rss, addresses());
    return this.residents.get(mm.address, () => this.guard(task, 'resident pages', read, mm.rss));
  }

  /** In the order of addresses; empty where there is no mm. */
  vmas(task: Task): readonly Vma[] {
    const mm = this.mm(task);
    if (mm === null) return [];
    return this.vmaLists.get(mm.address, () => this.guard(task, 'VMAs', () => readVmas(this.kernel, mm), []));
  }

  /** Every page of the address space, by its page tables. Not kept: it can be large. */
  pages(task: Task): PageWalk {
    const mm = this.addressSpace(task);
    return walkPages(this.kernel, mm, this.vmas(task));
  }

  /** The page tables of a process, for single addresses. */
  pageTable(task: Task): PageTable {
    const mm = this.addressSpace(task);
    return new PageTable(this.kernel.mem.physical, mm.pgd as Phys, this.kernel.location.pagingLevels);
  }

  userMemory(task: Task): UserMemory {
    const mm = this.addressSpace(task);
    return new UserMemory(this.kernel, mm, this.vmas(task));
  }

  private memoryOf(task: Task): UserMemory | null {
    return this.mm(task) === null ? null : this.userMemory(task);
  }

  files(task: Task): readonly FileDescriptor[] {
    const table = task.filesTable;
    if (table === null) return [];
    return this.fileTables.get(table, () =>
      this.guard(task, 'files', () => readFiles(this.kernel, this.address(table)), []),
    );
  }

  /** What stands behind an open file description that is more than a file: a pipe, an eventfd, a terminal … */
  descriptor(file: OpenFile): DescriptorDetail | null {
    return this.descriptors.get(file.address, () => readDescriptor(this.opened(file)));
  }

  /** The text of /proc/PID/fdinfo/FD. */
  fdinfo(task: Task, descriptor: FileDescriptor): string {
    const { file } = descriptor;
    const lines = () => {
      const detail = this.descriptor(file);
      return [...fdinfoLines(this.opened(file), descriptor, detail, task.filesTable ?? '0x0'), ''].join('\n');
    };
    return this.guard(task, `fdinfo ${descriptor.fd}`, lines, '');
  }

  /** Contexts of io_setup(2) in the task's address space. */
  aioContexts(task: Task): readonly AioContext[] {
    const { mm } = task;
    return mm === null
      ? []
      : this.guard(task, 'aio', () => readAioContexts(this.kernel, this.address(mm)), []);
  }

  private opened(file: OpenFile): Opened {
    return { kernel: this.kernel, file, at: this.address(file.address), clock: this.system.clock };
  }

  /** The open file description at a struct file's address: of a descriptor, or of a VMA. */
  openFile(address: Hex): OpenFile {
    return openFile(this.kernel, this.address(address));
  }

  detail(task: Task): ProcessDetail {
    return this.details.get(task.address, () => processDetail(this.kernel, task, this.memoryOf(task)));
  }

  /** Scheduling, limits, confinement, namespaces and control groups. */
  attributes(task: Task): TaskAttributes {
    const read = () => readAttributes(this.kernel, this.address(task.address));
    const name = `task ${task.tid} ${task.comm}`;
    return this.attributeSets.get(task.address, () => this.kernel.faults.within(name, read));
  }

  /** Of the whole process, by its threads; null where they could not be read. */
  signals(task: Task): ProcessSignals | null {
    const key = task.signalStruct ?? task.address;
    const read = () => readSignals(this.kernel, this.address(task.address));
    return this.signalSets.get(key, () => this.guard(task, 'signals', read, null));
  }

  /** Of the whole process; null where they could not be read. */
  timers(task: Task): ProcessTimers | null {
    const read = () => readTimers(this.kernel, this.address(task.address), this.now);
    const key = task.signalStruct ?? task.address;
    return this.timerSets.get(key, () => this.guard(task, 'timers', read, null));
  }

  /** Every high-resolution timer that waits on a CPU, as /proc/timer_list. */
  get queuedTimers(): readonly QueuedTimer[] {
    this.timerQueues ??= readQueuedTimers(this.kernel, this.now);
    return this.timerQueues;
  }

  /** Every mounted hierarchy of control groups, with the threads in each group. */
  get cgroups(): readonly CgroupHierarchy[] {
    const members = () =>
      this.tasks
        .filter((task) => !task.idle)
        .map(({ tid, address }) => ({ tid, task: this.address(address) }));
    const read = () => readCgroupTrees(this.kernel, members());
    this.cgroupTrees ??= this.kernel.faults.guard('control groups', read, []);
    return this.cgroupTrees;
  }

  /** CLOCK_MONOTONIC at death; null where the timekeeper could not be read. */
  private get now(): bigint | null {
    const { monotonicNs } = this.system.clock;
    return monotonicNs === null ? null : BigInt(monotonicNs);
  }

  /** Mounts of the task's mount namespace, as its /proc/PID/mountinfo lists them. */
  mounts(task: Task): readonly Mount[] {
    return this.guard(task, 'mounts', () => readMounts(this.kernel, this.address(task.address)), []);
  }

  /** Kernel stack, innermost frame first. */
  backtrace(task: Task): readonly StackFrame[] {
    return this.guard(task, 'stack', () => backtrace(this.kernel, this.address(task.address)), []);
  }

  /** User stack, innermost frame first; null for what has no user registers, or no memory any more. */
  userBacktrace(task: Task): UserBacktrace | null {
    const { registers } = this.thread(task);
    if (registers === null || this.mm(task) === null) return null;
    const read = () => readUserBacktrace(this.kernel, this.userMemory(task), registers);
    return this.guard(task, 'user stack', read, null);
  }

  /** User registers, system call, vector state, and what it told the kernel of its own memory. */
  thread(task: Task): Thread {
    return this.kernel.faults.within(`task ${task.tid} ${task.comm}`, () =>
      readThread(this.kernel, task, this.memoryOf(task)),
    );
  }

  /** Sockets, and what each network namespace has. */
  get network(): Network {
    this.theNetwork ??= new Network(this.kernel, () => this.descriptorHolders());
    return this.theNetwork;
  }

  close(): void {
    this.kernel.remember();
    this.image.close();
    for (const file of this.swapFiles) file.close();
  }

  /** Processes, and the threads whose descriptors are not their process's. */
  private descriptorHolders() {
    const tables = new Map(
      this.tasks.filter((task) => task.leader).map((task) => [task.pid, task.filesTable]),
    );
    return this.tasks
      .filter((task) => task.leader || tables.get(task.pid) !== task.filesTable)
      .map((task) => ({ pid: task.tid, comm: task.comm, files: this.files(task) }));
  }

  private address(text: Hex): Kva {
    return this.kernel.mem.fold.fromBig(BigInt(text));
  }

  private guard<T>(task: Task, what: string, read: () => T, otherwise: T): T {
    return this.kernel.faults.guard(
      `task ${task.tid} ${task.comm}`,
      () => this.kernel.faults.guard(what, read, otherwise),
      otherwise,
    );
  }
}
