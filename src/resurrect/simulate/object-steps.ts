// Storage and objects: what steps of the first stages do in the model.

import { FILE_KIND, FILE_KIND_TARGET, TERMINAL_KIND } from '../abi/records/files.js';
import type { PageRun } from '../abi/records/memory.js';
import { SOCKET_FLAG, SOCKET_STATE } from '../abi/records/sockets.js';
import { OP, type Op } from '../abi/records/steps.js';
import { E, must } from './kernel-error.js';
import { mustFit, readRuns } from './pages.js';
import type { World } from './world.js';

export type Handler = (world: World, object: number) => void;

const SEMVMX = 32767;
const NR_OPEN = 1024 * 1024;
const PIPE_BUFFER_BYTES = 4096;

export const OBJECT_STEPS: Partial<Readonly<Record<Op, Handler>>> = {
  [OP.make_namespace]: (world, object) => world.make('namespace', object),
  [OP.write_back]: (world, object) => {
    readWhole(world, world.plan.writeback[object]);
    world.make('writeback', object);
  },
  [OP.make_shared_memory]: (world, object) => {
    readWhole(world, world.plan.sharedMemory[object]);
    world.make('sharedMemory', object);
  },
  [OP.fill_tmpfs]: (world, object) => {
    const seen = new Set<string>();
    for (const [index, { path }] of (world.plan.mount[object]?.entries ?? []).entries()) {
      const parent = path.slice(0, path.lastIndexOf('/')) || '/';
      must(path === '/' || seen.has(parent) || parent === '/', E.NOENT, index);
      must(!seen.has(path), E.EXIST, index);
      seen.add(path);
    }
    world.make('mount', object);
  },
  [OP.make_shm_segment]: (world, object) => {
    const segment = world.plan.shmSegment[object];
    world.need('sharedMemory', segment?.memory ?? null, -1, E.NOENT);
    world.make('shmSegment', object);
  },
  [OP.make_semaphores]: (world, object) => {
    for (const [index, { value }] of (world.plan.semaphoreSet[object]?.semaphores ?? []).entries()) {
      must(value <= SEMVMX, E.RANGE, index, value);
    }
    world.make('semaphoreSet', object);
  },
  [OP.make_message_queue]: (world, object) => world.make('messageQueue', object),
  [OP.make_terminal]: makeTerminal,
  [OP.make_pipe]: (world, object) => {
    const pipe = world.plan.pipe[object];
    must((pipe?.buffers.length ?? 0) <= (pipe?.capacity ?? 0), E.AGAIN);
    for (const [index, { contents }] of (pipe?.buffers ?? []).entries()) {
      must(contents.length > 0 && contents.length <= PIPE_BUFFER_BYTES * 16, E.INVAL, index, contents.length);
    }
    world.make('pipe', object);
  },
  [OP.make_socket]: makeSocket,
  [OP.make_eventfd]: (world, object) => world.make('eventfd', object),
  [OP.make_timerfd]: (world, object) => {
    const { clock = 0 } = world.plan.timerfd[object] ?? {};
    must([0, 1, 7, 8, 9].includes(clock), E.INVAL, -1, clock);
    world.make('timerfd', object);
  },
  [OP.make_signalfd]: (world, object) => world.make('signalfd', object),
  [OP.make_inotify]: (world, object) => world.make('inotify', object),
  [OP.make_epoll]: (world, object) => world.make('epoll', object),
  [OP.open_inode]: (world, object) => {
    readWhole(world, world.plan.inode[object]);
    world.make('inode', object);
  },
  [OP.open_file]: openFile,
  [OP.watch]: (world, object) => {
    const seen = new Set<string>();
    for (const [index, { fd, file }] of (world.plan.epoll[object]?.watches ?? []).entries()) {
      if (file === null) continue;
      world.need('file', file, index);
      must(!seen.has(`${fd} ${file}`), E.EXIST, index, fd);
      seen.add(`${fd} ${file}`);
    }
  },
  [OP.install_files]: (world, object) => {
    const seen = new Set<number>();
    for (const [index, { fd, file }] of (world.plan.fileTable[object]?.descriptors ?? []).entries()) {
      must(fd < NR_OPEN, E.MFILE, index, fd);
      must(!seen.has(fd), E.EXIST, index, fd);
      seen.add(fd);
      world.need('file', file, index);
    }
    world.make('fileTable', object);
  },
  [OP.set_directories]: (world, object) => {
    const { cwd = '', root = '' } = world.plan.fs[object] ?? {};
    must(cwd.startsWith('/') && root.startsWith('/'), E.NOENT);
    world.make('fs', object);
  },
  [OP.set_lock]: (world, object) => {
    world.need('file', world.plan.lock[object]?.file ?? null);
    world.make('lock', object);
  },
};

/** All that is in memory of something that has a size. */
function readWhole({ memory }: World, whole: { pages: readonly PageRun[]; bytes: number } | undefined): void {
  if (whole === undefined) return;
  mustFit(whole.pages, whole.bytes);
  readRuns(whole.pages, memory);
}

function makeTerminal(world: World, object: number): void {
  const terminal = world.plan.terminal[object];
  if (terminal?.kind === TERMINAL_KIND.pty_master) {
    must(!world.ptys.has(terminal.index), E.EXIST, -1, terminal.index);
    world.ptys.add(terminal.index);
  }
  world.make('terminal', object);
}

function makeSocket(world: World, object: number): void {
  const socket = world.plan.socket[object];
  if (socket?.state === SOCKET_STATE.listening && socket.local.length > 0) {
    const key = `${socket.namespace} ${socket.type} ${Buffer.from(socket.local).toString('hex')}`;
    const other = world.ports.get(key);
    const shared = other === undefined ? 0 : (world.plan.socket[other]?.flags ?? 0) & socket.flags;
    must(other === undefined || (shared & SOCKET_FLAG.reuse_port) !== 0, E.ADDRINUSE);
    world.ports.set(key, object);
  }
  world.make('socket', object);
}

/** What it leads to is there, but for other processes: they are made later. */
function openFile(world: World, object: number): void {
  const file = world.plan.file[object];
  const kind = file && FILE_KIND_TARGET[file.kind];
  if (file && kind !== undefined && file.kind !== FILE_KIND.pidfd) world.need(kind, file.target, -1, E.NOENT);
  world.make('file', object);
}
