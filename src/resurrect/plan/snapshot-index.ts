// The objects of a snapshot by their addresses in the dead kernel, and who has which open file description.

import type { Hex } from '../../base/address.js';
import type { DescriptorDetail } from '../../snapshot/descriptor.js';
import type { SharedMemory } from '../../snapshot/ipc.js';
import type { Wide } from '../../snapshot/number.js';
import type { FilePages } from '../../snapshot/pagecache.js';
import type {
  AddressSpace,
  FileTable,
  Snapshot,
  SnapshotFile,
  SnapshotProcess,
  SnapshotTask,
} from '../../snapshot/snapshot.js';
import type { QueuedPacket, Socket } from '../../snapshot/socket.js';
import type { Credentials } from '../../snapshot/task.js';
import type { Terminal } from '../../snapshot/terminal.js';
import type { QueuedTimer } from '../../snapshot/timers.js';
import type { TmpfsEntry } from '../../snapshot/tmpfs.js';

/** The function of a timer that somebody sleeps by: kernel/time/hrtimer.c. */
const WAKE = 'hrtimer_wakeup';

function by<Key, Row>(rows: readonly Row[], key: (row: Row) => Key): ReadonlyMap<Key, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}

export class SnapshotIndex {
  readonly files: ReadonlyMap<Hex, SnapshotFile>;
  readonly objects: ReadonlyMap<Hex, DescriptorDetail>;
  readonly sockets: ReadonlyMap<Hex, Socket>;
  /** Those that a descriptor can refer to, by the number in `socket:[N]`. */
  readonly socketsByInode: ReadonlyMap<Wide, Socket>;
  readonly terminals: ReadonlyMap<Hex, Terminal>;
  readonly fileTables: ReadonlyMap<Hex, FileTable>;
  readonly mms: ReadonlyMap<Hex, AddressSpace>;
  readonly credentials: ReadonlyMap<Hex, Credentials>;
  /** By struct inode. */
  readonly pageCache: ReadonlyMap<Hex, FilePages>;
  /** User processes, by PID. */
  readonly processes: ReadonlyMap<number, SnapshotProcess>;
  /** Threads of user processes by PID, the leader first. */
  readonly tasks: ReadonlyMap<number, readonly SnapshotTask[]>;
  /** An open file description of each struct inode. */
  readonly filesByInode: ReadonlyMap<Hex, SnapshotFile>;
  /** Names on file systems that are in memory only, one for each struct inode. */
  readonly memoryEntries: ReadonlyMap<Hex, TmpfsEntry>;
  /** System V shared memory by the struct inode that holds its pages. */
  readonly segments: ReadonlyMap<Hex, SharedMemory>;
  /** Timers that wake sleeping threads, by thread id. */
  readonly wakeTimers: ReadonlyMap<number, QueuedTimer>;
  private held: Holdings | undefined;
  private sharers: Map<Hex, Set<number>> | undefined;

  constructor(readonly snapshot: Snapshot) {
    this.files = by(snapshot.files, ({ address }) => address);
    this.objects = by(snapshot.objects, ({ address }) => address);
    this.sockets = by(snapshot.sockets, ({ address }) => address);
    this.socketsByInode = by(
      snapshot.sockets.filter(({ inode }) => inode !== 0),
      ({ inode }) => inode,
    );
    this.terminals = by(snapshot.terminals, ({ address }) => address);
    this.fileTables = by(snapshot.fileTables, ({ address }) => address);
    this.mms = by(snapshot.mms, ({ address }) => address);
    this.credentials = by(snapshot.credentials, ({ address }) => address);
    this.pageCache = by(snapshot.pageCache, ({ inode }) => inode);
    const inodes = snapshot.files.filter(({ inodeAddress }) => inodeAddress !== null);
    this.filesByInode = by(inodes, ({ inodeAddress }) => inodeAddress as Hex);
    const entries = snapshot.tmpfs.flatMap((tree) => [...tree.unlinked, ...tree.entries]);
    this.memoryEntries = by(entries, ({ inode }) => inode);
    const segments = snapshot.ipc.flatMap(({ shm }) => shm).filter(({ inode }) => inode !== null);
    this.segments = by(segments, ({ inode }) => inode as Hex);
    const wake = snapshot.queuedTimers.filter((timer) => timer.function === WAKE);
    this.wakeTimers = by(wake, ({ tid }) => tid ?? 0);
    this.tasks = userTasks(snapshot.tasks);
    const user = snapshot.processes.filter(({ pid }) => this.tasks.has(pid));
    this.processes = by(user, ({ pid }) => pid);
  }

  /** Null where the snapshot has the process's threads but not its leader, which it lists first. */
  leader(pid: number): SnapshotTask | null {
    return this.tasks.get(pid)?.[0] ?? null;
  }

  /** The socket that an open file description is; null where it is none, or was not found. */
  socketOf(file: SnapshotFile): Socket | null {
    return file.type === 'socket' ? (this.socketsByInode.get(file.inode) ?? null) : null;
  }

  /** PIDs of the processes with that address space, in the snapshot's order. */
  pidsOfMm(mm: Hex): readonly number[] {
    this.sharers ??= pidsByMm(this.tasks);
    return [...(this.sharers.get(mm) ?? [])];
  }

  /**
   * PIDs of the processes that have an open file description: by a descriptor, by a mapping, or on its way to them in
   * the queue of a socket of theirs (SCM_RIGHTS). In the snapshot's order.
   */
  holders(file: Hex): readonly number[] {
    return this.holdings().pids.get(file) ?? [];
  }

  /** Open file descriptions of a process, by any of these ways. */
  filesOf(pid: number): Iterable<Hex> {
    return this.holdings().files.get(pid) ?? [];
  }

  private holdings(): Holdings {
    this.held ??= holdingsOf(this);
    return this.held;
  }
}

function pidsByMm(tasks: ReadonlyMap<number, readonly SnapshotTask[]>): Map<Hex, Set<number>> {
  const found = new Map<Hex, Set<number>>();
  for (const [pid, threads] of tasks) {
    for (const { mm } of threads) {
      if (mm === null) continue;
      const pids = found.get(mm);
      if (pids === undefined) found.set(mm, new Set([pid]));
      else pids.add(pid);
    }
  }
  return found;
}

function userTasks(tasks: readonly SnapshotTask[]): Map<number, SnapshotTask[]> {
  const found = new Map<number, SnapshotTask[]>();
  for (const task of tasks) {
    if (task.kernelThread || task.idle) continue;
    const threads = found.get(task.pid) ?? [];
    if (task.leader) threads.unshift(task);
    else threads.push(task);
    found.set(task.pid, threads);
  }
  return found;
}

interface Holdings {
  readonly files: ReadonlyMap<number, ReadonlySet<Hex>>;
  readonly pids: ReadonlyMap<Hex, readonly number[]>;
}

function holdingsOf(index: SnapshotIndex): Holdings {
  const passed = passedFiles(index);
  const files = new Map<number, Set<Hex>>();
  const pids = new Map<Hex, number[]>();
  for (const [pid, threads] of index.tasks) {
    const held = new Set<Hex>();
    files.set(pid, held);
    const open = [...filesOf(index, threads)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (held.has(next)) continue;
      held.add(next);
      open.push(...(passed.get(next) ?? []));
    }
    for (const file of held) {
      const holders = pids.get(file);
      if (holders === undefined) pids.set(file, [pid]);
      else holders.push(pid);
    }
  }
  return { files, pids };
}

function filesOf(index: SnapshotIndex, threads: readonly SnapshotTask[]): Set<Hex> {
  const tables = new Set(threads.map(({ filesTable }) => filesTable));
  const mms = new Set(threads.map(({ mm }) => mm));
  const found = new Set<Hex>();
  for (const table of tables) {
    if (table === null) continue;
    for (const { file } of index.fileTables.get(table)?.descriptors ?? []) found.add(file);
  }
  for (const mm of mms) {
    if (mm === null) continue;
    for (const { file } of index.mms.get(mm)?.vmas ?? []) if (file !== null) found.add(file);
  }
  return found;
}

/** Open file descriptions in the queues of each socket's, the connections that a listener has not accepted among them. */
function passedFiles(index: SnapshotIndex): Map<Hex, Hex[]> {
  const found = new Map<Hex, Hex[]>();
  for (const file of index.files.values()) {
    const socket = index.socketOf(file);
    if (socket === null) continue;
    const pending = (socket.backlog?.pending ?? []).map((connection) => index.sockets.get(connection.socket));
    const queues = [socket, ...pending].flatMap((one) => one?.receiveQueue ?? []);
    const files = queues.flatMap((packet: QueuedPacket) => packet.files.map(({ address }) => address));
    if (files.length > 0) found.set(file.address, files);
  }
  return found;
}
