// Descriptors and what is behind them in the sample plan.

import {
  type Descriptor,
  FILE_KIND,
  type File,
  type Inode,
  LOCK_KIND,
  LOCK_TYPE,
  TERMINAL_KIND,
  type Terminal,
} from '../../../../src/resurrect/abi/records/files.js';
import type { PlanObjects } from '../../../../src/resurrect/abi/records/plan.js';
import { run } from './memory.js';

const file = (kind: File['kind'], target: number | null, path: string, flags = 2): File => ({
  kind,
  target,
  flags,
  references: 1,
  owner: 0,
  signal: 0,
  position: 0n,
  path,
});

const INODE: Inode = {
  device: 0x800001,
  mode: 0o100644,
  inode: 11n,
  bytes: 0x1800,
  rdev: 0,
  links: 1,
  flags: 0,
  fileSystem: 'ext4',
  path: '/bin/sh',
  pages: [],
  times: [],
};

const TERMINAL: Terminal = {
  kind: TERMINAL_KIND.pty_master,
  index: 3,
  name: 'ptmx',
  other: 1,
  flags: 0,
  iflag: 0o2400,
  oflag: 0o5,
  cflag: 0o277,
  lflag: 0o105073,
  cc: new Uint8Array(24),
  inputSpeed: 38400,
  outputSpeed: 38400,
  discipline: 0,
  rows: 24,
  columns: 80,
  xPixels: 0,
  yPixels: 0,
  session: 0,
  foreground: 0,
  packetStatus: 0,
  ready: 0,
  input: new Uint8Array(0),
  received: new Uint8Array(0),
  lineEnds: [],
};

export const FILES: readonly File[] = [
  file(FILE_KIND.regular, 0, '/bin/sh', 0),
  file(FILE_KIND.terminal, 0, '/dev/ptmx'),
  file(FILE_KIND.terminal, 1, '/dev/pts/3'),
  file(FILE_KIND.pipe, 0, 'pipe:[50]', 0),
  file(FILE_KIND.pipe, 0, 'pipe:[50]', 1),
  file(FILE_KIND.eventfd, 0, 'anon_inode:[eventfd]'),
  file(FILE_KIND.epoll, 0, 'anon_inode:[eventpoll]'),
  file(FILE_KIND.timerfd, 0, 'anon_inode:[timerfd]'),
  file(FILE_KIND.signalfd, 0, 'anon_inode:[signalfd]'),
  file(FILE_KIND.inotify, 0, 'anon_inode:inotify', 0),
  file(FILE_KIND.socket, 0, 'socket:[60]'),
  file(FILE_KIND.socket, 1, 'socket:[61]'),
  file(FILE_KIND.socket, 2, 'socket:[62]'),
  file(FILE_KIND.socket, 3, 'socket:[63]'),
  file(FILE_KIND.socket, 4, 'socket:[64]'),
  file(FILE_KIND.regular, 1, '/root/letter (deleted)'),
  file(FILE_KIND.directory, 2, '/root', 0o200000),
  file(FILE_KIND.shared_memory, 2, '/run/pid'),
  file(FILE_KIND.refused, null, 'anon_inode:[io_uring]'),
  file(FILE_KIND.pidfd, 1, 'anon_inode:[pidfd]'),
  file(FILE_KIND.message_queue, 1, '/dev/mqueue/q'),
];
export const REFUSED_FILE = 18;
export const PIDFD = 19;

const descriptors = (files: readonly number[]): Descriptor[] =>
  files.map((index, fd) => ({ fd, flags: fd === 0 ? 0 : 1, file: index }));

export const FILE_OBJECTS = {
  fileTable: [
    { descriptors: descriptors(FILES.map((_, index) => index).filter((index) => index !== REFUSED_FILE)) },
    { descriptors: descriptors([2, 4, REFUSED_FILE]) },
  ],
  file: FILES,
  inode: [
    INODE,
    {
      ...INODE,
      inode: 12n,
      links: 0,
      flags: 1,
      bytes: 0x1000,
      path: '/root/letter (deleted)',
      pages: [run(0, 0x3300)],
    },
    { ...INODE, inode: 13n, mode: 0o040700, path: '/root' },
  ],
  pipe: [
    {
      inode: 50n,
      capacity: 16,
      readers: 1,
      writers: 1,
      path: '',
      buffers: [{ flags: 16, contents: Buffer.from('unread') }],
    },
  ],
  eventfd: [{ count: 3n, semaphore: 0 }],
  epoll: [
    {
      watches: [
        { fd: 5, events: 0x19, data: 5n, file: 5 },
        { fd: 9, events: 0x19, data: 9n, file: null },
      ],
    },
  ],
  timerfd: [{ clock: 1, flags: 0, ticks: 1n, remaining: 500n, expires: 70_000n, interval: 1000n }],
  signalfd: [{ mask: 1n << 9n }],
  inotify: [
    {
      watches: [
        { wd: 1, mask: 2, inode: 13n, device: 0x800001, handleType: 1, handle: new Uint8Array(8) },
        { wd: 2, mask: 2, inode: 11n, device: 0x800001, handleType: 1, handle: new Uint8Array(8) },
      ],
      events: [{ wd: 1, mask: 2, cookie: 0, name: 'letter' }],
    },
  ],
  terminal: [
    TERMINAL,
    {
      ...TERMINAL,
      kind: TERMINAL_KIND.pty_slave,
      name: 'pts/3',
      other: 0,
      session: 100,
      foreground: 101,
      ready: 3,
      input: Buffer.from('ls\nmo'),
      lineEnds: [{ offset: 2 }],
    },
  ],
  lock: [
    { kind: LOCK_KIND.posix, type: LOCK_TYPE.write, file: 15, process: 0, start: 0n, end: 9n },
    { kind: LOCK_KIND.posix, type: LOCK_TYPE.write, file: 15, process: 1, start: 10n, end: 19n },
  ],
} as const satisfies Partial<PlanObjects>;
