// System V shared memory and semaphores, and all message queues, of the IPC namespaces of the plan (ipc/).

import type {
  IpcNamespace,
  IpcPermissions,
  SemaphoreSet,
  SemaphoreUndo,
  SharedMemory,
} from '../../../snapshot/ipc.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { planSharedMemory } from '../memory/shared-memory.js';
import type { Planning } from '../planning.js';
import { namespaceByInode } from '../tasks/namespaces.js';
import { planPosixQueue, planSystemVQueue } from './message-queue.js';

/** Everything in the namespaces that a process of the plan is in: who comes later finds it by its key. */
export function planIpc(planning: Planning): void {
  const used = new Set(planning.pids.flatMap((pid) => namespacesOf(planning, pid)));
  for (const namespace of planning.snapshot.ipc.filter(({ ns }) => used.has(ns))) {
    for (const segment of namespace.shm) planSegment(planning, namespace, segment);
    for (const set of namespace.sem) planSemaphores(planning, namespace, set);
    for (const queue of namespace.msg) planSystemVQueue(planning, namespace, queue);
    for (const queue of namespace.mqueue) planPosixQueue(planning, namespace, queue);
  }
}

function namespacesOf({ index }: Planning, pid: number): number[] {
  const tasks = index.tasks.get(pid) ?? [];
  return tasks.flatMap(({ attributes }) =>
    (attributes?.namespaces.links ?? []).filter(({ name }) => name === 'ipc').map(({ inode }) => inode),
  );
}

function permissions(planning: Planning, { ns }: IpcNamespace, object: IpcPermissions) {
  const { id, key, mode, uid, gid, creatorUid, creatorGid } = object;
  return {
    namespace: namespaceByInode(planning, ns),
    ipcId: id,
    key,
    mode,
    uid,
    gid,
    creatorUid,
    creatorGid,
  };
}

function planSegment(planning: Planning, namespace: IpcNamespace, segment: SharedMemory): void {
  const memory = segment.inode === null ? null : planSharedMemory(planning, segment.inode);
  if (memory === null) {
    const reason = `shared memory ${segment.id}: what is in it could not be told`;
    const processes = planning.indices([segment.creatorPid, segment.lastPid]);
    planning.refusals.add('shm_segment', { reason, kind: REFUSED_KIND.none, object: null, processes });
    return;
  }
  planning.tables.shmSegment.ref(segment.address, () => ({
    ...permissions(planning, namespace, segment),
    memory,
    creatorPid: segment.creatorPid,
    bytes: Number(segment.bytes),
  }));
}

function planSemaphores(planning: Planning, namespace: IpcNamespace, set: SemaphoreSet): void {
  planning.tables.semaphoreSet.ref(set.address, () => ({
    ...permissions(planning, namespace, set),
    semaphores: set.semaphores.map(({ value, pid }) => ({ value, pid })),
    undo: set.undo.map((undo) => undoRow(planning, undo)),
  }));
}

/** Processes that share the list (CLONE_SYSVSEM) are one here: the first of them. */
function undoRow(planning: Planning, { pids, adjustments }: SemaphoreUndo) {
  const words = new DataView(new ArrayBuffer(adjustments.length * 2));
  for (const [place, value] of adjustments.entries()) words.setInt16(place * 2, value, true);
  const [process = null] = planning.indices(pids);
  return { process, adjustments: new Uint8Array(words.buffer) };
}
