// A snapshot as a pid namespace sees it: its processes only, by their numbers there, with the clocks of their time
// namespace. What runs after a resurrection lives in a pid namespace below the initial one, and has its old numbers in it.

import type { DescriptorDetail } from '../../snapshot/descriptor.js';
import type { FileOwner } from '../../snapshot/files.js';
import type { IpcNamespace } from '../../snapshot/ipc.js';
import type { FileLock } from '../../snapshot/lock.js';
import type { Snapshot, SnapshotProcess, SnapshotTask } from '../../snapshot/snapshot.js';
import type { Socket } from '../../snapshot/socket.js';
import type { NamespaceIds } from '../../snapshot/task.js';
import type { ProcessTimers } from '../../snapshot/timers.js';
import { TimeView } from './time-view.js';

/** A number of the initial namespace as the other one has it; 0 where it has none. */
type Renumber = (id: number) => number;

interface Inside {
  readonly renumber: Renumber;
  readonly clocks: TimeView;
}

/**
 * `namespace`: inode number of a pid namespace, as in /proc/PID/ns/pid. The parts are read from `snapshot` when they are
 * asked for. Senders within a siginfo stay: the kernel gave them as their receiver sees them.
 */
export function seenFrom(snapshot: Snapshot, namespace: number): Snapshot {
  const renumber = renumbering(snapshot.tasks, namespace);
  const clocks = TimeView.of(snapshot.tasks, namespace);
  const views: { readonly [Part in keyof Snapshot]?: () => Snapshot[Part] } = {
    tasks: () => snapshot.tasks.flatMap((task) => taskSeen(task, namespace, { renumber, clocks })),
    processes: () => snapshot.processes.flatMap((process) => processSeen(process, renumber)),
    system: () => ({ ...snapshot.system, clock: clocks.clock(snapshot.system.clock) }),
    files: () => snapshot.files.map((file) => ({ ...file, owner: ownerSeen(file.owner, renumber) })),
    objects: () => snapshot.objects.map((object) => objectSeen(object, renumber)),
    locks: () => snapshot.locks.map((lock) => lockSeen(lock, renumber)),
    ipc: () => snapshot.ipc.map((ipc) => ipcSeen(ipc, renumber)),
    sockets: () => snapshot.sockets.map((socket) => socketSeen(socket, renumber)),
    terminals: () =>
      snapshot.terminals.map((tty) => ({
        ...tty,
        session: groupSeen(tty.session, renumber),
        foreground: groupSeen(tty.foreground, renumber),
      })),
    queuedTimers: () =>
      snapshot.queuedTimers.map((timer) => ({
        ...timer,
        tid: timer.tid === null ? null : renumber(timer.tid),
        softExpires: clocks.seen(timer.softExpires, timer.clock),
        expires: clocks.seen(timer.expires, timer.clock),
      })),
  };
  return overlaid(snapshot, views);
}

/** The parts of `views`, each made once; all else as it is. */
function overlaid(
  snapshot: Snapshot,
  views: { readonly [Part in keyof Snapshot]?: () => Snapshot[Part] },
): Snapshot {
  const made = new Map<string, unknown>();
  const overlay = Object.create(snapshot) as Snapshot;
  for (const [name, view] of Object.entries(views)) {
    const get = (): unknown => {
      if (!made.has(name)) made.set(name, (view as () => unknown)());
      return made.get(name);
    };
    Object.defineProperty(overlay, name, { enumerable: true, get });
  }
  return overlay;
}

/** Ids of a task in a pid namespace; undefined where it is not in it. */
export function idsIn({ ids }: Pick<SnapshotTask, 'ids'>, namespace: number): NamespaceIds | undefined {
  return ids.find(({ ns }) => ns === namespace);
}

/** Groups and sessions whose leader has ended are known by their members. */
function renumbering(tasks: readonly SnapshotTask[], namespace: number): Renumber {
  const numbers = new Map<number, number>();
  for (const task of tasks) {
    const [there, here] = [task.ids[0], idsIn(task, namespace)];
    if (there === undefined || here === undefined) continue;
    for (const id of ['tid', 'tgid', 'pgid', 'sid'] as const) numbers.set(there[id], here[id]);
  }
  return (id) => numbers.get(id) ?? 0;
}

function taskSeen(task: SnapshotTask, namespace: number, { renumber, clocks }: Inside): SnapshotTask[] {
  const here = idsIn(task, namespace);
  if (here === undefined) return [];
  const { tid, tgid, pgid, sid, level } = here;
  return [
    {
      ...task,
      ...{ tid, pid: tgid, pgid, sid },
      ppid: renumber(task.ppid),
      tracerPid: renumber(task.tracerPid),
      children: task.children.map(renumber),
      thread: task.thread && { ...task.thread, restart: clocks.restart(task.thread.restart) },
      tpgid: groupSeen(task.tpgid, renumber),
      ids: task.ids.filter((ids) => ids.level >= level).map((ids) => ({ ...ids, level: ids.level - level })),
    },
  ];
}

function processSeen(process: SnapshotProcess, renumber: Renumber): SnapshotProcess[] {
  const pid = renumber(process.pid);
  if (pid === 0) return [];
  const { signals, timers } = process;
  return [
    {
      ...process,
      pid,
      threads: process.threads.map(renumber),
      signals: signals && {
        ...signals,
        pid,
        threads: signals.threads.map((thread) => ({ ...thread, tid: renumber(thread.tid) })),
      },
      timers: timers && timersSeen(timers, pid, renumber),
    },
  ];
}

function timersSeen(timers: ProcessTimers, pid: number, renumber: Renumber): ProcessTimers {
  const posix = timers.posix.map((timer) => ({
    ...timer,
    target: renumber(timer.target),
    cpuClockOf: timer.cpuClockOf === null ? null : renumber(timer.cpuClockOf),
  }));
  return { ...timers, pid, posix };
}

/** Of a terminal: -1 is none, and 0 is somebody whom the namespace does not see. */
function groupSeen(group: number, renumber: Renumber): number {
  return group <= 0 ? group : renumber(group);
}

function ownerSeen(owner: FileOwner | null, renumber: Renumber): FileOwner | null {
  return owner && { ...owner, pid: renumber(owner.pid) };
}

function objectSeen(object: DescriptorDetail, renumber: Renumber): DescriptorDetail {
  if (object.kind !== 'pidfd') return object;
  const [first] = object.pids;
  const pid = first === undefined ? 0 : renumber(first);
  return { ...object, pids: pid === 0 ? [] : [pid] };
}

function lockSeen(lock: FileLock, renumber: Renumber): FileLock {
  return {
    ...lock,
    pid: groupSeen(lock.pid, renumber),
    waiters: lock.waiters.map((waiter) => lockSeen(waiter, renumber)),
  };
}

function ipcSeen(ipc: IpcNamespace, renumber: Renumber): IpcNamespace {
  return {
    ...ipc,
    shm: ipc.shm.map((segment) => ({
      ...segment,
      creatorPid: renumber(segment.creatorPid),
      lastPid: renumber(segment.lastPid),
    })),
    sem: ipc.sem.map((set) => ({
      ...set,
      semaphores: set.semaphores.map((semaphore) => ({ ...semaphore, pid: renumber(semaphore.pid) })),
      undo: set.undo.map((undo) => ({ ...undo, pids: undo.pids.map(renumber) })),
    })),
    msg: ipc.msg.map((queue) => ({
      ...queue,
      lastSender: renumber(queue.lastSender),
      lastReceiver: renumber(queue.lastReceiver),
    })),
    mqueue: ipc.mqueue.map((queue) => ({
      ...queue,
      notify: queue.notify && { ...queue.notify, pid: renumber(queue.notify.pid) },
    })),
  };
}

function socketSeen(socket: Socket, renumber: Renumber): Socket {
  const receiveQueue = socket.receiveQueue.map((packet) => ({
    ...packet,
    credentials: packet.credentials && { ...packet.credentials, pid: renumber(packet.credentials.pid) },
  }));
  const unix = socket.unix && { ...socket.unix, peerPid: renumber(socket.unix.peerPid) };
  return { ...socket, receiveQueue, unix };
}
