// A process of a dead kernel as an ELF core file, such as the kernel writes for one that a signal ends: debuggers open
// it with the program's own file. Mirrors elf_core_dump() of fs/binfmt_elf.c.

import { elfCore, type PlacedSegment } from '../../base/elf-core.js';
import { AbsentError } from '../../base/error.js';
import { progress } from '../../base/progress.js';
import type { Task } from '../../snapshot/task.js';
import type { Thread } from '../../snapshot/thread.js';
import type { Dump } from '../dump.js';
import type { UserMemory } from '../mm/user-memory.js';
import { userPieces } from '../mm/user-pieces.js';
import { signalsOf } from '../parts/signals.js';
import { threadOf } from '../parts/threads.js';
import { coreSegments } from './core-memory.js';
import { auxvNote, fileNote, psinfoNote } from './process-notes.js';
import { statusNote, vectorNotes } from './thread-notes.js';

/** What it is written to; parts that are not written hold zeroes. */
export interface CoreSink {
  writeAt(bytes: Uint8Array, at: number): void;
  resize(bytes: number): void;
}

export interface CoreReport {
  readonly pid: number;
  readonly threads: readonly number[];
  /** Threads that were on a CPU: their registers may be older than their memory. */
  readonly staleThreads: readonly number[];
  readonly segments: number;
  /** Bytes of memory that the dump does not have: on a disk, on swap, a device's. */
  readonly unknownBytes: number;
  /** Length of the file, holes included. */
  readonly bytes: number;
}

/** Writes the process that `task` belongs to. */
export function writeCore(dump: Dump, task: Task, sink: CoreSink): CoreReport {
  const members = dump.tasks.filter(({ pid, idle }) => pid === task.pid && !idle);
  const leader = members.find((each) => each.leader) ?? task;
  const threads = members
    .map((each) => ({ task: each, thread: threadOf(dump, each) }))
    .filter(({ thread }) => thread.registers !== null);
  if (threads.length === 0 || dump.mm(leader) === null) {
    throw new AbsentError(
      `${task.pid} (${task.comm}) has no user memory or no registers: nothing for a core file`,
    );
  }
  const memory = dump.userMemory(leader);
  const { head, placed, bytes } = elfCore(coreSegments(memory), notes(dump, leader, threads));
  sink.resize(bytes);
  sink.writeAt(head, 0);
  writeMemory(memory, placed, sink);
  const unknown = placed.filter(({ content }) => content === 'unknown');
  return {
    pid: leader.pid,
    threads: threads.map((each) => each.task.tid),
    staleThreads: threads.flatMap(({ thread }) => (thread.registers?.mayBeStale ? thread.tid : [])),
    segments: placed.length,
    unknownBytes: unknown.reduce((sum, { start, end }) => sum + end - start, 0),
    bytes,
  };
}

/** The first thread's status stands first, then what is said of the process: debuggers begin with that thread. */
function notes(dump: Dump, leader: Task, threads: readonly { task: Task; thread: Thread }[]): Buffer {
  const signals = new Map(signalsOf(dump, leader)?.threads.map((each) => [each.tid, each]));
  const detail = dump.detail(leader);
  const ofProcess = [psinfoNote(leader, detail), auxvNote(detail), fileNote(dump.vmas(leader))];
  const parts = threads.flatMap(({ task, thread }, index) => [
    statusNote(task, thread, signals.get(task.tid)),
    ...(index === 0 ? ofProcess : []),
    ...dump.kernel.faults.guard(
      `vector registers of ${task.tid}`,
      () => vectorNotes(dump.kernel, thread),
      [],
    ),
  ]);
  return Buffer.concat(parts);
}

/** Pieces and segments are both in order of address. */
function writeMemory(memory: UserMemory, segments: readonly PlacedSegment[], sink: CoreSink): void {
  let next = 0;
  for (const { address, bytes } of userPieces(memory)) {
    progress('writing memory', next, segments.length);
    for (let done = 0; done < bytes.length; ) {
      while ((segments[next]?.end ?? Number.POSITIVE_INFINITY) <= address + done) next++;
      const segment = segments[next];
      if (segment === undefined) return;
      const part = bytes.subarray(done, Math.min(bytes.length, segment.end - address));
      if (segment.content === 'known') sink.writeAt(part, segment.offset + address + done - segment.start);
      done += part.length;
    }
  }
}
