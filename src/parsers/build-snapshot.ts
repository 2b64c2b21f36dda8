// A dump as one snapshot. Its lists are made item by item, so that whoever writes them out never holds them all.

import type { Hex } from '../base/address.js';
import { progress } from '../base/progress.js';
import type { DescriptorDetail } from '../snapshot/descriptor.js';
import type { FilePages } from '../snapshot/pagecache.js';
import {
  type AddressSpace,
  type MountView,
  SNAPSHOT_SCHEMA,
  type Snapshot,
  type SnapshotFile,
  type SnapshotProcess,
  type SnapshotTask,
} from '../snapshot/snapshot.js';
import type { ProcessDetail, Task } from '../snapshot/task.js';
import type { Dump } from './dump.js';
import { attributesOf, cgroupsOf } from './parts/attributes.js';
import { aioContextsOf, descriptorOf, fileOwnerOf, terminalsOf } from './parts/descriptors.js';
import { ipcOf, locksOf } from './parts/ipc.js';
import { machineOf } from './parts/machine.js';
import { mountsOf } from './parts/mounts.js';
import { networkOf } from './parts/network.js';
import { pageCacheOf } from './parts/page-cache.js';
import { perDump } from './parts/per-dump.js';
import { queuedTimersOf, signalsOf, timersOf } from './parts/signals.js';
import { swapAreasOf } from './parts/swap.js';
import { identityOf, logOf, modulesOf, ramOf, systemOf, systemWithoutStack } from './parts/system.js';
import { backtraceOf, threadOf, userBacktraceOf } from './parts/threads.js';
import { SwappedSlots } from './swap/swapped-slots.js';

type Streamed<T> = T extends readonly (infer Item)[] ? Iterable<Item> : T;

export interface SnapshotOptions {
  /**
   * `everything`, or what a plan is made of, which takes less time: no stacks (they are empty and null), no
   * kernel threads, no arguments, environment and usage of processes, and not the pages that a file's disk has too.
   */
  readonly of: 'everything' | 'plan';
}

interface Context extends SnapshotOptions {
  /** Gets to know the swap slots on the way. */
  readonly swapped: SwappedSlots;
}

type Part<T> = (dump: Dump, context: Context) => Streamed<T>;
type Parts = { readonly [Name in keyof Snapshot]: Part<Snapshot[Name]> };

/** In the order of the document. */
const PARTS: Parts = {
  schema: () => SNAPSHOT_SCHEMA,
  image: ({ image }) => ({
    path: image.path,
    format: image.format,
    bytes: image.ranges.reduce((sum, { start, end }) => sum + end - start, 0),
  }),
  kernel: (dump) => {
    const { release, banner, buildId, kaslrOffset, physBase, pagingLevels } = dump.kernel.location;
    const { digest: identity, pages: identityPages } = identityOf(dump);
    const located = { release, banner, buildId, kaslrOffset, physBase, pagingLevels };
    return { ...located, identity, identityPages, ram: ramOf(dump) };
  },
  system: (dump, { of }) => (of === 'plan' ? systemWithoutStack(dump) : systemOf(dump)),
  machine: (dump) => machineOf(dump),
  log: (dump) => logOf(dump),
  modules: (dump) => modulesOf(dump),
  credentials: ({ tasks }) =>
    once(
      tasks,
      (task) => task.credentials?.address,
      (task) => task.credentials,
    ),
  tasks,
  processes,
  mms,
  fileTables: (dump) =>
    once(
      dump.tasks,
      (task) => task.filesTable,
      (task) => ({
        address: task.filesTable as NonNullable<Task['filesTable']>,
        descriptors: dump
          .files(task)
          .map(({ fd, closeOnExec, file }) => ({ fd, closeOnExec, file: file.address })),
      }),
    ),
  files,
  objects,
  pageCache,
  tmpfs: (dump) => pageCacheOf(dump).tmpfs,
  swapCache: (_, { swapped }) => swapped.inMemory(),
  mountViews: (dump) => mountViews(dump).values(),
  sockets: (dump) => networkOf(dump).sockets,
  networkDevices: (dump) => networkOf(dump).devices,
  networkAddresses: (dump) => networkOf(dump).addresses,
  networkRoutes: (dump) => networkOf(dump).routes,
  swapAreas: (dump) => swapAreasOf(dump),
  locks: (dump) => locksOf(dump),
  ipc: (dump) => ipcOf(dump),
  terminals: (dump) => terminalsOf(dump),
  cgroups: (dump) => cgroupsOf(dump),
  queuedTimers: (dump) => queuedTimersOf(dump),
  faults: ({ kernel: { faults } }) => ({ count: faults.count, records: faults.records }),
};

/** The whole of it in memory. */
export function buildSnapshot(dump: Dump, { of }: SnapshotOptions = { of: 'everything' }): Snapshot {
  const context = { of, swapped: new SwappedSlots(dump.kernel) };
  const parts = Object.entries(PARTS).map(([name, part]) => {
    const value: unknown = part(dump, context);
    return [name, isList(value) ? [...value] : value];
  });
  return Object.fromEntries(parts);
}

/** The same, each part read when it is first asked for: for whoever needs a few. */
export function lazySnapshot(dump: Dump, { of }: SnapshotOptions): Snapshot {
  const context = { of, swapped: new SwappedSlots(dump.kernel) };
  const snapshot: Partial<Snapshot> = {};
  const parts: Partial<Record<string, unknown>> = {};
  for (const [name, part] of Object.entries(PARTS)) {
    const read = (): unknown => {
      // It tells of the slots that these two lead to.
      if (name === 'swapCache') void [snapshot.mms, snapshot.pageCache];
      const value: unknown = part(dump, context);
      return isList(value) ? [...value] : value;
    };
    const get = (): unknown => {
      if (!(name in parts)) parts[name] = read();
      return parts[name];
    };
    Object.defineProperty(snapshot, name, { enumerable: true, get });
  }
  return snapshot as Snapshot;
}

/** The same as JSON, piece by piece; a line for each item of a list. */
export function* snapshotJson(dump: Dump): Generator<string> {
  const context: Context = { of: 'everything', swapped: new SwappedSlots(dump.kernel) };
  let open = '{\n';
  for (const [name, part] of Object.entries(PARTS)) {
    yield `${open}${JSON.stringify(name)}:`;
    open = ',\n';
    const value: unknown = part(dump, context);
    if (isList(value)) yield* listJson(value);
    else yield JSON.stringify(value);
  }
  yield '\n}\n';
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function* listJson(items: Iterable<unknown>): Generator<string> {
  let open = '[\n';
  for (const item of items) {
    yield `${open}${JSON.stringify(item)}`;
    open = ',\n';
  }
  yield open === '[\n' ? '[]' : '\n]';
}

/** What the first task with each key leads to. */
function* once<T>(
  tasks: readonly Task[],
  key: (task: Task) => string | null | undefined,
  read: (task: Task) => T | null,
): Generator<T> {
  const seen = new Set<string>();
  for (const task of tasks) {
    const name = key(task);
    if (name === null || name === undefined || seen.has(name)) continue;
    seen.add(name);
    const value = read(task);
    if (value !== null) yield value;
  }
}

function isProcess(task: Task): boolean {
  return task.leader && !task.idle;
}

function tasksFor(dump: Dump, { of }: SnapshotOptions): readonly Task[] {
  return of === 'plan' ? dump.tasks.filter(({ kernelThread }) => !kernelThread) : dump.tasks;
}

function* tasks(dump: Dump, context: Context): Generator<SnapshotTask> {
  const stacks = context.of === 'everything';
  for (const task of tasksFor(dump, context)) {
    yield {
      ...task,
      credentials: task.credentials?.address ?? null,
      attributes: ownAttributes(dump, task, context),
      thread: ownThread(dump, task),
      kernelStack: stacks ? backtraceOf(dump, task) : [],
      userStack: stacks ? userBacktraceOf(dump, task) : null,
    };
  }
}

function ownAttributes(dump: Dump, task: Task, { of }: SnapshotOptions): SnapshotTask['attributes'] {
  if (task.idle) return null;
  const { tid: _tid, limits: _limits, ...attributes } = attributesOf(dump, task);
  // Counted now, for its faults are to be in the snapshot.
  if (of === 'everything') void attributes.confinement.io;
  return attributes;
}

function ownThread(dump: Dump, task: Task): SnapshotTask['thread'] {
  if (task.kernelThread || task.idle) return null;
  const { pid: _pid, tid: _tid, ...thread } = threadOf(dump, task);
  return thread;
}

function* processes(dump: Dump, context: Context): Generator<SnapshotProcess> {
  const threads = threadIds(dump.tasks);
  const views = mountViews(dump);
  for (const task of tasksFor(dump, context).filter(isProcess)) {
    yield {
      ...detail(dump, task, context),
      threads: threads.get(task.pid) ?? [],
      resident: context.of === 'everything' ? dump.resident(task) : null,
      limits: attributesOf(dump, task).limits,
      signals: signalsOf(dump, task),
      aio: aioContextsOf(dump, task),
      timers: timersOf(dump, task),
      mountView: views.get(mountsOf(dump, task))?.id ?? null,
    };
  }
}

function detail(dump: Dump, task: Task, { of }: SnapshotOptions): ProcessDetail {
  const found = dump.detail(living(dump, task));
  if (of === 'everything') return found;
  const { pid, exe, cwd, root, auxv } = found;
  return { pid, exe, cwd, root, cmdline: [], environ: [], auxv };
}

/** Where the leader has ended before its threads, one of these has what they share. */
function living(dump: Dump, leader: Task): Task {
  if (leader.mm !== null || leader.kernelThread) return leader;
  return dump.tasks.find(({ pid, mm }) => pid === leader.pid && mm !== null) ?? leader;
}

function threadIds(tasks: readonly Task[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { pid, tid } of tasks) {
    const ids = found.get(pid);
    if (ids) ids.push(tid);
    else found.set(pid, [tid]);
  }
  return found;
}

function* mms(dump: Dump, { swapped }: Context): Generator<AddressSpace> {
  let done = 0;
  const read = (task: Task): AddressSpace | null => {
    progress('address spaces', done++, dump.tasks.length);
    const mm = dump.mm(task);
    if (mm === null) return null;
    const { totals, runs } = dump.pages(task);
    swapped.add(runs);
    return { ...mm, vmas: dump.vmas(task), pages: totals, runs };
  };
  yield* once(dump.tasks, (task) => task.mm, read);
}

/**
 * The address of every open file description that a descriptor or a VMA leads to, or that is on its way in the queue of
 * a socket, once.
 */
const fileAddresses = perDump((dump): ReadonlySet<Hex> => {
  const found = new Set<Hex>();
  for (const task of dump.tasks) {
    for (const { file } of dump.files(task)) found.add(file.address);
    for (const { file } of dump.vmas(task)) if (file !== null) found.add(file);
  }
  for (const { receiveQueue } of networkOf(dump).sockets) {
    for (const { files } of receiveQueue) for (const { address } of files) found.add(address);
  }
  return found;
});

function* files(dump: Dump): Generator<SnapshotFile> {
  for (const address of fileAddresses(dump)) {
    const file = dump.openFile(address);
    yield { ...file, owner: fileOwnerOf(dump, file), object: descriptorOf(dump, file)?.address ?? null };
  }
}

function* pageCache(dump: Dump, { of, swapped }: Context): Generator<FilePages> {
  for (const file of pageCacheOf(dump).pagesOf(fileAddresses(dump), { clean: of === 'everything' })) {
    swapped.add(file.runs);
    yield file;
  }
}

/** Both ends of a pipe are one object. */
function* objects(dump: Dump): Generator<DescriptorDetail> {
  const seen = new Set<Hex>();
  for (const address of fileAddresses(dump)) {
    const object = descriptorOf(dump, dump.openFile(address));
    if (object === null || seen.has(object.address)) continue;
    seen.add(object.address);
    yield object;
  }
}

/** By the list itself: the reader has one for each namespace and root directory. */
function mountViews(dump: Dump): Map<MountView['mounts'], MountView> {
  const found = new Map<MountView['mounts'], MountView>();
  for (const task of dump.tasks.filter(isProcess)) {
    const mounts = mountsOf(dump, task);
    if (mounts.length > 0 && !found.has(mounts)) found.set(mounts, { id: found.size, mounts });
  }
  return found;
}
