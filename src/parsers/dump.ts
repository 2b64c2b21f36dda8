// A dump that has been opened: its kernel, tasks, address spaces and open files, read when first asked for. This is what
// commands, planner and library users hold; it owns the image and must be closed. What else can be read of it is in
// parts/, so that whoever wants one part loads no other.

import type { Hex, Kva, Phys } from '../base/address.js';
import { AbsentError } from '../base/error.js';
import { FaultLog } from '../base/fault.js';
import { Memo } from '../base/memo.js';
import type { FileDescriptor, OpenFile } from '../snapshot/files.js';
import type { Mm, RssCounters, Vma } from '../snapshot/mm.js';
import type { ProcessDetail, Task } from '../snapshot/task.js';
import { readFiles } from './fs/fd-table.js';
import { openFile } from './fs/open-file.js';
import type { Image } from './image/image.js';
import { openImage } from './image/open.js';
import { PhysicalMemory } from './image/physical-memory.js';
import { type Window, windowed } from './image/window.js';
import type { Kernel } from './kernel/kernel.js';
import { type OpenKernelOptions, openKernel } from './kernel/open-kernel.js';
import { readMm } from './mm/mm.js';
import { type PageWalk, walkPages } from './mm/page-walk.js';
import { residentPages } from './mm/rss.js';
import { UserMemory } from './mm/user-memory.js';
import { readVmas } from './mm/vmas.js';
import { PageTable } from './paging/page-table.js';
import { attachZram } from './swap/zram-source.js';
import { SymbolLibrary, shippedLibrary } from './symbols/library.js';
import { tasksByMm } from './tasks/by-mm.js';
import { listTasks } from './tasks/list.js';
import { processDetail } from './tasks/process-detail.js';

export type OpenOptions = Omit<OpenKernelOptions, 'faults'> & Window;

/**
 * Opens the memory image of a Linux guest and finds the kernel in it.
 * Throws InputError for what is no such image, SystemError where the file cannot be read.
 */
export function openDump(path: string, options: OpenOptions = {}): Dump {
  const image = openImage(path);
  try {
    const shipped = shippedLibrary();
    return inspectMemory(new PhysicalMemory(windowed(image, options)), {
      library: SymbolLibrary.standard(shipped),
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
  const kernel = openKernel(memory, { ...options, faults });
  attachZram(kernel);
  return new Dump(memory.image, kernel);
}

export class Dump {
  private readonly mms = new Memo<Mm | null>();
  private readonly residents = new Memo<RssCounters>();
  private readonly vmaLists = new Memo<readonly Vma[]>();
  private readonly fileTables = new Memo<readonly FileDescriptor[]>();
  private readonly details = new Memo<ProcessDetail>();
  private readonly owned: { close(): void }[] = [];
  private sharers: Map<Hex, Task[]> | undefined;
  private taskList: readonly Task[] | undefined;

  constructor(
    readonly image: Image,
    readonly kernel: Kernel,
  ) {}

  /** Every task: threads, zombies, kernel threads, idle tasks; in the kernel's order. */
  get tasks(): readonly Task[] {
    this.taskList ??= listTasks(this.kernel);
    return this.taskList;
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

  files(task: Task): readonly FileDescriptor[] {
    const table = task.filesTable;
    if (table === null) return [];
    return this.fileTables.get(table, () =>
      this.guard(task, 'files', () => readFiles(this.kernel, this.address(table)), []),
    );
  }

  /** The open file description at a struct file's address: of a descriptor, or of a VMA. */
  openFile(address: Hex): OpenFile {
    return openFile(this.kernel, this.address(address));
  }

  /** How a process was started, and where its paths are. */
  detail(task: Task): ProcessDetail {
    const memory = () => (this.mm(task) === null ? null : this.userMemory(task));
    return this.details.get(task.address, () => processDetail(this.kernel, task, memory()));
  }

  /** A kernel address in a form that readers take. */
  address(text: Hex): Kva {
    return this.kernel.mem.fromHex(text);
  }

  /** Runs `read` as a step of the walk through a task; a fault in it is recorded and `otherwise` returned. */
  guard<T>(task: Task, what: string, read: () => T, otherwise: T): T {
    return this.kernel.faults.guard(
      `task ${task.tid} ${task.comm}`,
      () => this.kernel.faults.guard(what, read, otherwise),
      otherwise,
    );
  }

  /** Something more that is to be closed when this is. */
  closeWith(other: { close(): void }): void {
    this.owned.push(other);
  }

  close(): void {
    this.kernel.remember();
    this.image.close();
    for (const other of this.owned) other.close();
  }
}
