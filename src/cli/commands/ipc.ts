// `ipc`: System V shared memory, semaphores and message queues as /proc/sysvipc has them, and what is in them; POSIX queues.

import { type IpcKind, sysvipc } from '../../parsers/descriptors/ipc-text.js';
import { ipcOf } from '../../parsers/parts/ipc.js';
import type { IpcMessage, IpcNamespace, PosixQueue, SemaphoreSet } from '../../snapshot/ipc.js';
import { contentsText } from '../render/contents.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

const KINDS: readonly IpcKind[] = ['shm', 'sem', 'msg'];

export const ipc: SectionRun = ({ dump }) => ({
  schema: 'ipc',
  data: () => ipcOf(dump),
  text: function* (style) {
    for (const [i, namespace] of ipcOf(dump).entries()) {
      if (i > 0) yield '';
      yield `${style.title(`ipc:[${namespace.ns}]`)}${isEmpty(namespace) ? style.dim('  nothing') : ''}`;
      for (const kind of KINDS) yield* systemV(namespace, kind);
      for (const queue of namespace.mqueue) yield* posix(queue, style);
    }
  },
});

function isEmpty({ shm, sem, msg, mqueue }: IpcNamespace): boolean {
  return shm.length + sem.length + msg.length + mqueue.length === 0;
}

/** The table of a kind, and under it what its objects hold. */
function* systemV(namespace: IpcNamespace, kind: IpcKind): Generator<string> {
  if (namespace[kind].length === 0) return;
  yield* sysvipc(namespace, kind);
  if (kind === 'sem') for (const set of namespace.sem) yield* semaphores(set);
  if (kind === 'msg')
    for (const { id, messages } of namespace.msg) yield* messageLines(`queue ${id}`, 'type', messages);
}

function* semaphores({ id, semaphores, waiting, undo }: SemaphoreSet): Generator<string> {
  const values = semaphores.map(({ value, pid, waitingToChange, waitingForZero }) => {
    const sleepers = waitingToChange + waitingForZero;
    return `${value} (pid ${pid}${sleepers > 0 ? `, ${sleepers} waiting` : ''})`;
  });
  yield `  set ${id}: ${values.join(', ')}${waiting > 0 ? `; ${waiting} waiting for several` : ''}`;
  for (const { pids, adjustments } of undo)
    yield `  set ${id}: undone when ${pids.join(', ')} ends: ${adjustments.join(', ')}`;
}

function* posix(queue: PosixQueue, style: Style): Generator<string> {
  const { name, inode, mode, uid, gid, maxMessages, messageBytes, bytes, messages, notify } = queue;
  yield `mqueue ${style.name(name === null ? `inode ${inode}` : printable(name))}  mode ${mode.toString(8)}  owner ${uid}:${gid}  ${plural(
    messages.length,
    'message',
  )} of at most ${maxMessages}, ${bytes} bytes (a message at most ${messageBytes})`;
  if (notify !== null) yield `  tells ${notify.pid} with signal ${notify.signal}`;
  yield* messageLines('queue', 'priority', messages);
}

function* messageLines(of: string, noun: string, messages: readonly IpcMessage[]): Generator<string> {
  for (const { type, contents } of messages) yield `  ${of}: ${noun} ${type}: ${contentsText(contents)}`;
}
