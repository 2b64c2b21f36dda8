// What processes share, and must keep sharing: each thing under a name of its own, so that two processes with the same
// name are tied.

import type { Hex } from '../../../base/address.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import { REASON, type Reason } from '../../abi/records/processes.js';
import type { SnapshotIndex } from '../snapshot-index.js';

export interface Tie {
  readonly reason: Reason;
  /** The same for all who share it. */
  readonly key: string;
  /** For people: `shared memory /dev/shm/x`. */
  readonly text: string;
}

/** Of one process; a thing may be named more than once. */
export function* tiesOf(index: SnapshotIndex, pid: number, files: Iterable<Hex>): Generator<Tie> {
  const threads = index.tasks.get(pid) ?? [];
  for (const mm of new Set(threads.map((task) => task.mm))) {
    if (mm !== null) yield { reason: REASON.memory, key: `mm ${mm}`, text: 'the address space' };
  }
  for (const table of new Set(threads.map((task) => task.filesTable))) {
    if (table !== null) yield { reason: REASON.files, key: `table ${table}`, text: 'all descriptors' };
  }
  for (const address of files) {
    const file = index.files.get(address);
    if (file !== undefined) yield* tiesOfFile(index, file);
  }
  for (const { key, text } of semaphores(index, pid)) yield { reason: REASON.ipc, key, text };
}

function* tiesOfFile(index: SnapshotIndex, file: SnapshotFile): Generator<Tie> {
  const { inodeAddress, address, path } = file;
  const memory = inodeAddress === null ? undefined : index.pageCache.get(inodeAddress);
  if (inodeAddress !== null && index.segments.has(inodeAddress)) {
    yield { reason: REASON.ipc, key: `inode ${inodeAddress}`, text: path };
  } else if (inodeAddress !== null && memory?.memoryOnly && memory.type === 'regular') {
    yield { reason: REASON.memory, key: `inode ${inodeAddress}`, text: path };
  }
  const peer = peerOf(index, file);
  if (peer !== null) yield { reason: REASON.peer, key: peer, text: path };
  // The offset of a device says nothing: processes have /dev/null or a console from init, and are no family for that.
  const device = file.type === 'char' || file.type === 'block';
  if (!device) yield { reason: REASON.files, key: `file ${address}`, text: path };
}

/** The pair that the file is an end of; null where it is none. */
function peerOf(index: SnapshotIndex, file: SnapshotFile): string | null {
  const object = file.object === null ? undefined : index.objects.get(file.object);
  if (object?.kind === 'pipe') return `pipe ${object.address}`;
  if (object?.kind === 'mqueue') return `mqueue ${object.address}`;
  if (object?.kind === 'tty') {
    const other = index.terminals.get(object.address)?.other ?? null;
    return other === null ? null : pair('pty', object.address, other);
  }
  const socket = index.socketOf(file);
  if (socket?.unix?.peer) return pair('unix', socket.address, socket.unix.peer);
  if (socket?.inet && socket.inet.remotePort !== 0) {
    const { localAddress, localPort, remoteAddress, remotePort } = socket.inet;
    const place = `${socket.namespace} ${socket.protocolName}`;
    return pair(place, `${plain(localAddress)}:${localPort}`, `${plain(remoteAddress)}:${remotePort}`);
  }
  return null;
}

/** An IPv4 address that an IPv6 socket has is the same place. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function pair(kind: string, one: string, other: string): string {
  return `${kind} ${one < other ? `${one} ${other}` : `${other} ${one}`}`;
}

/** Sets that a process would undo its operations on. */
function* semaphores(index: SnapshotIndex, pid: number): Generator<{ key: string; text: string }> {
  for (const { sem } of index.snapshot.ipc) {
    for (const { address, id, undo } of sem) {
      if (undo.some(({ pids }) => pids.includes(pid)))
        yield { key: `sem ${address}`, text: `semaphores ${id}` };
    }
  }
}
