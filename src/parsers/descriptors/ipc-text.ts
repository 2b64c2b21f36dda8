// /proc/sysvipc/{shm,sem,msg}, byte for byte. Mirrors sysvipc_shm_proc_show() and its like in ipc/.

import type {
  IpcNamespace,
  IpcPermissions,
  MessageQueue,
  SemaphoreSet,
  SharedMemory,
} from '../../snapshot/ipc.js';

const PAGE = 4096n;
const SHM_HEAD =
  '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime' +
  '      ctime                   rss                  swap';
const SEM_HEAD = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime';
const MSG_HEAD =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime' +
  '      ctime';

export type IpcKind = 'shm' | 'sem' | 'msg';

/** The lines of /proc/sysvipc/KIND in a namespace, the heading first. */
export function* sysvipc(namespace: IpcNamespace, kind: IpcKind): Generator<string> {
  if (kind === 'shm') {
    yield SHM_HEAD;
    yield* namespace.shm.map(shmLine);
  } else if (kind === 'sem') {
    yield SEM_HEAD;
    yield* namespace.sem.map(semLine);
  } else {
    yield MSG_HEAD;
    yield* namespace.msg.map(msgLine);
  }
}

function columns(...cells: readonly (readonly [value: number | bigint | string, width: number])[]): string {
  return cells.map(([value, width]) => String(value).padStart(width)).join(' ');
}

function head({ key, id, mode }: IpcPermissions): string {
  return `${columns([key, 10], [id, 10])}  ${mode.toString(8).padStart(4)}`;
}

function owners({ uid, gid, creatorUid, creatorGid }: IpcPermissions): [number, number][] {
  return [uid, gid, creatorUid, creatorGid].map((id) => [id, 5]);
}

function shmLine(shm: SharedMemory): string {
  return `${head(shm)} ${columns(
    [shm.bytes, 21],
    [shm.creatorPid, 5],
    [shm.lastPid, 5],
    // "%5lu " has a blank of its own before it
    [shm.attachments, 6],
    ...owners(shm),
    [shm.attached, 10],
    [shm.detached, 10],
    [shm.changed, 10],
    [BigInt(shm.residentPages) * PAGE, 21],
    [BigInt(shm.swappedPages) * PAGE, 21],
  )}`;
}

function semLine(set: SemaphoreSet): string {
  return `${head(set)} ${columns([set.semaphores.length, 10], ...owners(set), [set.operated, 10], [set.changed, 10])}`;
}

function msgLine(queue: MessageQueue): string {
  return `${head(queue)}  ${columns(
    [queue.bytes, 10],
    [queue.count, 10],
    [queue.lastSender, 5],
    [queue.lastReceiver, 5],
    ...owners(queue),
    [queue.sent, 10],
    [queue.received, 10],
    [queue.changed, 10],
  )}`;
}
