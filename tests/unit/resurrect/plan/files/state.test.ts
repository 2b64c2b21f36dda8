// Terminals, locks, IPC, pages to write back and tmpfs.

import { describe, expect, test } from 'vitest';
import {
  LOCK_KIND,
  LOCK_TYPE,
  TERMINAL_FLAG,
  TERMINAL_KIND,
} from '../../../../../src/resurrect/abi/records/files.js';
import { MESSAGE_NOTIFY } from '../../../../../src/resurrect/abi/records/ipc.js';
import { ENTRY_KIND } from '../../../../../src/resurrect/abi/records/storage.js';
import { planIpc } from '../../../../../src/resurrect/plan/files/ipc.js';
import { planLocks } from '../../../../../src/resurrect/plan/files/locks.js';
import { planStorage } from '../../../../../src/resurrect/plan/files/storage.js';
import type { FileLock } from '../../../../../src/snapshot/lock.js';
import { CACHED } from '../../../../../src/snapshot/pagecache.js';
import type { Snapshot } from '../../../../../src/snapshot/snapshot.js';
import type { Terminal } from '../../../../../src/snapshot/terminal.js';
import { address, bytes, file, MOUNT, made } from './made-files.js';

const resources = ({ refusals }: { refusals: readonly { resource: string }[] }) =>
  refusals.map(({ resource }) => resource);

describe('terminals', () => {
  const termios = {
    iflag: 1,
    oflag: 2,
    cflag: 3,
    lflag: 4,
    line: 0,
    cc: '031c7f',
    ispeed: 38400,
    ospeed: 38400,
  };
  const tty = (rest: Partial<Terminal>): Terminal => ({
    ...{
      address: address(),
      name: 'pts/3',
      driver: 'pty_slave',
      major: 136,
      minor: 3,
      index: 3,
      other: null,
      termios,
    },
    ...{ rows: 24, columns: 80, xPixels: 0, yPixels: 0, discipline: 0, session: 2, foreground: 2, opens: 1 },
    ...{
      stopped: false,
      exclusive: false,
      hungUp: false,
      otherClosed: false,
      locked: false,
      packet: false,
      packetStatus: 0,
    },
    input: { contents: bytes('line\nha'), canonical: true, ready: 5, lineEnds: [4], literalNext: false },
    received: bytes(''),
    ...rest,
  });
  const open = (of: Terminal) => {
    const detail = { kind: 'tty', address: of.address, driver: of.driver, index: of.index } as const;
    return {
      detail,
      file: file({ type: 'char', fsType: 'devpts', path: `/dev/${of.name}`, object: of.address }),
    };
  };
  const [master, slave] = [address(), address()];
  const pty = [
    tty({
      address: master,
      driver: 'pty_master',
      name: 'ptm3',
      major: 128,
      other: slave,
      packet: true,
      session: 0,
      foreground: -1,
    }),
    tty({ address: slave, other: master }),
  ] as const;

  test('both sides of a pty, with settings, window and input', () => {
    const [a, b] = [open(pty[0]), open(pty[1])];
    const { rows, reasons } = made([a.file, b.file], { terminals: pty, objects: [a.detail, b.detail] });
    expect(rows('terminal')).toMatchObject([
      {
        kind: TERMINAL_KIND.pty_master,
        name: 'ptmx',
        index: 3,
        other: 1,
        flags: TERMINAL_FLAG.packet,
        foreground: 0,
      },
      {
        kind: TERMINAL_KIND.pty_slave,
        name: 'pts/3',
        other: 0,
        rows: 24,
        session: 2,
        ready: 5,
        lineEnds: [{ offset: 4 }],
      },
    ]);
    expect([...(rows('terminal')[1]?.cc ?? [])]).toEqual([3, 0x1c, 0x7f, ...new Array(21).fill(0)]);
    expect(reasons).toEqual([]);
  });

  test('a slave whose master is outside, other disciplines, lost input, screens', () => {
    const [a, b] = [open(pty[0]), open(pty[1])];
    const rest = { terminals: pty, objects: [a.detail, b.detail] };
    expect(resources(made([b.file], rest, { others: [a.file] }))).toEqual(['pty_master']);
    const odd = tty({ driver: 'serial', name: 'ttyS0', discipline: 3, input: null, received: bytes('x', 9) });
    const screen = tty({ driver: 'console', name: 'tty1' });
    const both = [open(odd), open(screen)];
    const { refusals, rows } = made(
      both.map((each) => each.file),
      {
        terminals: [odd, screen],
        objects: both.map(({ detail }) => detail),
      },
    );
    expect(resources({ refusals })).toEqual(['line_discipline', 'terminal', 'console_screen']);
    expect(rows('terminal').map(({ kind }) => kind)).toEqual([TERMINAL_KIND.device, TERMINAL_KIND.device]);
    expect(resources(made([open(odd).file], { objects: [open(odd).detail] }))).toEqual(['terminal']);
  });
});

describe('locks', () => {
  const [open, again] = [file({ path: '/l' }), file({ path: '/l' })];
  const inode = { device: 1, number: 7, address: open.inodeAddress as `0x${string}` };
  const lock = (rest: Partial<FileLock>): FileLock => ({
    ...{ address: address(), kind: 'posix', type: 'write', lease: null, mandatory: false, pid: 2 },
    ...{ file: open.address, owner: null, inode, start: 10, end: 29, waiters: [] },
    ...rest,
  });
  const locked = (...locks: FileLock[]) => {
    const all = made([open, { ...again, inodeAddress: open.inodeAddress }], { locks });
    planLocks(all.planning);
    return all;
  };

  test('of each kind, with its owner and range', () => {
    const { rows, reasons } = locked(
      lock({}),
      lock({ kind: 'ofd', type: 'read', pid: -1, start: 100, end: null }),
      lock({ kind: 'flock', pid: 2, start: 0, end: null }),
      lock({ kind: 'lease', type: 'read', lease: 'active', start: 0, end: null }),
    );
    const all = 2n ** 64n - 1n;
    expect(rows('lock')).toEqual([
      { kind: LOCK_KIND.posix, type: LOCK_TYPE.write, file: 0, process: 0, start: 10n, end: 29n },
      { kind: LOCK_KIND.ofd, type: LOCK_TYPE.read, file: 0, process: null, start: 100n, end: all },
      { kind: LOCK_KIND.flock, type: LOCK_TYPE.write, file: 0, process: null, start: 0n, end: all },
      { kind: LOCK_KIND.lease, type: LOCK_TYPE.read, file: 0, process: 0, start: 0n, end: all },
    ]);
    expect(reasons).toEqual([]);
  });

  test('whose file is closed: another of the process on the same file stands for it', () => {
    expect(locked(lock({ file: '0xdead' })).rows('lock')[0]?.file).toBe(0);
    const lost = locked(lock({ file: '0xdead', inode: { ...inode, address: '0xbeef' } }));
    expect([lost.rows('lock'), resources(lost)]).toEqual([[], ['lock_kind']]);
  });

  test('others’ are passed over; leases that are being broken and odd kinds are refused', () => {
    expect(
      locked(lock({ pid: 99 }), lock({ pid: 99, file: '0xdead' }), lock({ lease: 'breaker' })).rows('lock'),
    ).toEqual([]);
    const odd = locked(lock({ kind: 'lease', lease: 'breaking', type: 'unlock' }), lock({ kind: 'deleg' }));
    expect([odd.rows('lock'), resources(odd)]).toEqual([[], ['lock_kind', 'lock_kind']]);
  });
});

describe('IPC', () => {
  const permissions = { key: 5, mode: 0o600, uid: 1, gid: 2, creatorUid: 3, creatorGid: 4, changed: 0 };
  const links = [{ name: 'ipc', inode: 77, address: '0x1' }] as const;
  function ipc(namespace: object, ns = 77) {
    const one = { address: address(), ns, shm: [], sem: [], msg: [], mqueue: [], ...namespace };
    const all = made([], { ipc: [one as never] }, { links });
    planIpc(all.planning);
    return all;
  }

  test('semaphores with what is undone; queues with their messages; in the namespaces of the plan only', () => {
    const sem = [
      {
        address: address(),
        id: 9,
        ...permissions,
        semaphores: [{ value: 3, pid: 2 }],
        undo: [{ list: '0x1', pids: [3, 2], adjustments: [-3] }],
      },
    ];
    const msg = [
      {
        address: address(),
        id: 8,
        ...permissions,
        limit: 16384,
        messages: [{ type: 7, contents: bytes('hi') }],
      },
    ];
    const mqueue = [
      {
        address: address(),
        name: '/q',
        inode: 4,
        mode: 0o600,
        uid: 0,
        gid: 0,
        maxMessages: 5,
        messageBytes: 64,
        notify: { pid: 2, kind: 0, signal: 10, value: '0x37' },
        messages: [{ type: 9, contents: bytes('x', 1) }],
      },
    ];
    const { rows, reasons } = ipc({ sem, msg, mqueue });
    expect(rows('semaphoreSet')).toMatchObject([
      { ipcId: 9, key: 5, semaphores: [{ value: 3, pid: 2 }], undo: [{ process: 0 }] },
    ]);
    expect([...(rows('semaphoreSet')[0]?.undo[0]?.adjustments ?? [])]).toEqual([0xfd, 0xff]);
    expect(rows('messageQueue')).toMatchObject([
      { posix: 0, ipcId: 8, byteLimit: 16384, messages: [{ type: 7n }] },
      { posix: 1, ipcId: 0, name: '/q', messageLimit: 5, byteLimit: 64, messages: [{ type: 9n }] },
    ]);
    expect(rows('messageQueue').map(({ notification }) => notification)).toEqual([
      [],
      [{ process: 0, notify: MESSAGE_NOTIFY.signal, signal: 10, value: 0x37n }],
    ]);
    expect(reasons).toEqual(['message_queue: /q: 1 bytes of its messages could not be read']);
    expect(ipc({ sem, msg, mqueue }, 78).rows('messageQueue')).toEqual([]);
  });

  test.each<[string, object, object[], number]>([
    [
      'not at all',
      { pid: 2, kind: 1, signal: 10, value: '0x37' },
      [{ process: 0, notify: MESSAGE_NOTIFY.none, signal: 0, value: 0n }],
      0,
    ],
    ['by a netlink socket', { pid: 2, kind: 2, signal: 0, value: '0x0' }, [], 1],
    ['by no signal that there is', { pid: 2, kind: 0, signal: 65, value: '0x0' }, [], 1],
    ['and not in the plan', { pid: 3, kind: 0, signal: 10, value: '0x0' }, [], 0],
  ])('who is told of messages %s', (_how, notify, notification, concerned) => {
    const queue = { name: '/q', inode: 4, mode: 0o600, uid: 0, gid: 0, maxMessages: 5, messageBytes: 64 };
    const { rows, refusals } = ipc({ mqueue: [{ address: address(), ...queue, notify, messages: [] }] });
    expect(rows('messageQueue')[0]?.notification).toEqual(notification);
    const refused = refusals.filter(({ resource }) => resource === 'mq_notify');
    expect(refused.map(({ processes }) => processes.length)).toEqual(
      notification.length > 0 ? [] : [concerned],
    );
  });

  test('shared memory whose pages are not known is refused', () => {
    const shm = [
      { address: address(), id: 1, ...permissions, bytes: 4096, creatorPid: 2, lastPid: 99, inode: null },
    ];
    const { rows, refusals } = ipc({ shm });
    expect(rows('shmSegment')).toEqual([]);
    expect(refusals).toMatchObject([{ resource: 'shm_segment', processes: [{ process: 0 }] }]);
  });
});

describe('storage', () => {
  const cached = (rest: object) => ({
    ...{
      inode: address(),
      mapping: '0x1',
      paths: ['/f'],
      deleted: false,
      type: 'regular',
      mode: 0o644,
      uid: 1,
      gid: 2,
    },
    ...{ fsType: 'ext4', device: 0x900001, number: 5, size: 8192, memoryOnly: false, held: false },
    runs: [{ index: 0, pages: 1, pfn: 9, flags: CACHED.present | CACHED.dirty, swapType: 0 }],
    ...rest,
  });
  function stored(rest: Partial<Snapshot>) {
    const all = made([], rest);
    planStorage(all.planning);
    return all;
  }

  test('what is open first, then by file system and inode', () => {
    const pageCache = [
      cached({ paths: ['/c'], number: 30 }),
      cached({ paths: ['/b'], number: '18446744073709551615', held: true }),
      cached({ paths: ['/a'], number: 4 }),
      cached({ paths: ['/z'], number: 1, device: 0xa00001 }),
      cached({
        paths: ['/clean'],
        runs: [{ index: 0, pages: 1, pfn: 9, flags: CACHED.present, swapType: 0 }],
      }),
      cached({ paths: ['/tmp'], memoryOnly: true }),
      cached({ paths: [], deleted: true }),
    ];
    const { rows, reasons } = stored({ pageCache: pageCache as never });
    expect(rows('writeback').map(({ path }) => path)).toEqual(['/b', '/a', '/c', '/z']);
    expect(rows('writeback')[0]).toMatchObject({
      mode: 0o100644,
      uid: 1,
      gid: 2,
      bytes: 8192,
      inode: 2n ** 64n - 1n,
    });
    expect(reasons).toEqual([]);
  });

  test('without a name, not up to date, or a file system’s own', () => {
    const stale = [
      { index: 0, pages: 2, pfn: 9, flags: CACHED.present | CACHED.dirty | CACHED.stale, swapType: 0 },
    ];
    const pageCache = [
      cached({ paths: [] }),
      cached({ paths: ['/s'], runs: stale, number: 6 }),
      cached({ paths: [], type: 'block', device: 0x800001, number: 7 }),
      cached({ paths: ['/dev/vdz'], type: 'block', fsType: 'bdev', device: 0x900009, number: 8 }),
    ];
    const { rows, refusals } = stored({ pageCache: pageCache as never });
    expect(rows('writeback').map(({ path }) => path)).toEqual(['/dev/vdz']);
    expect(resources({ refusals })).toEqual(['file_system_metadata', 'writeback', 'writeback']);
  });

  test('tmpfs that a process of the plan sees, parents first, links and devices', () => {
    const entry = (path: string, type: string, rest = {}) => ({
      ...{
        path,
        inode: address(),
        number: 2,
        type,
        mode: 0o755,
        uid: 0,
        gid: 0,
        links: 1,
        size: 0,
        rdev: 0,
        target: null,
      },
      ...rest,
    });
    const tree = (device: number, fsType = 'tmpfs') => ({
      ...{ superBlock: address(), fsType, device, mountPoint: `/m${device}`, unlinked: [] },
      entries: [
        entry('/', 'directory'),
        entry('/l', 'symlink', { target: '/x' }),
        entry('/k', 'symlink'),
        entry('/d', 'char', { rdev: 3 }),
      ],
    });
    const mount = (id: number, devMinor: number) => ({
      ...MOUNT,
      id,
      devMajor: 0,
      devMinor,
      superOptions: 'rw,size=1k',
    });
    const { rows, refusals } = stored({
      tmpfs: [tree(26), tree(27), tree(28, 'devtmpfs')] as never,
      mountViews: [
        { id: 0, mounts: [MOUNT, mount(2, 26), mount(3, 28)] },
        { id: 1, mounts: [mount(4, 27)] },
      ] as never,
    });
    expect(rows('mount').map(({ path, options, device }) => [path, options, device])).toEqual([
      ['/m26', 'rw,size=1k', 26],
    ]);
    expect(rows('mount')[0]?.entries).toMatchObject([
      { kind: ENTRY_KIND.directory, path: '/', memory: null },
      { kind: ENTRY_KIND.symlink, target: '/x' },
      { kind: ENTRY_KIND.symlink, target: '' },
      { kind: ENTRY_KIND.char, rdev: 3 },
    ]);
    expect(resources({ refusals })).toEqual(['tmpfs_entry']);
  });
});
