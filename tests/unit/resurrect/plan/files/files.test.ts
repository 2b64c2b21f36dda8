// Open files by kind: what is planned, and what is refused with which reason.

import { describe, expect, test } from 'vitest';
import {
  FILE_KIND,
  FILE_KIND_NAME,
  type FileKind,
  INODE_FLAG,
} from '../../../../../src/resurrect/abi/records/files.js';
import { PAGE_FLAG } from '../../../../../src/resurrect/abi/records/memory.js';
import { CACHED, type FilePages } from '../../../../../src/snapshot/pagecache.js';
import type { SnapshotFile } from '../../../../../src/snapshot/snapshot.js';
import { address, bytes, file, made, opened } from './made-files.js';

const kinds = (files: readonly SnapshotFile[]) =>
  made(files)
    .rows('file')
    .map(({ kind }) => FILE_KIND_NAME[kind as FileKind]);
/** What a single file comes to: its kind, and the resources refused. */
const fate = (one: SnapshotFile, rest = {}) => {
  const { rows, refusals } = made([one], rest);
  return [FILE_KIND_NAME[rows('file')[0]?.kind as FileKind], ...refusals.map(({ resource }) => resource)];
};

function cached(
  of: SnapshotFile,
  runs: FilePages['runs'],
  rest: Partial<FilePages> = {},
): Partial<{ pageCache: FilePages[] }> {
  const { inodeAddress, fsType, device, size } = of;
  const common = { type: 'regular', mode: 0o644, uid: 0, gid: 0, number: 7, memoryOnly: false, held: true };
  const one = {
    inode: inodeAddress,
    fsType,
    device,
    size,
    deleted: of.deleted,
    paths: [],
    runs,
    ...common,
    ...rest,
  };
  return { pageCache: [one as unknown as FilePages] };
}
const run = (index: number, pages: number, flags: number = CACHED.present) => ({
  ...{ index, pages, pfn: 0x100 + index, flags, swapType: 0 },
});

test('a file that two descriptors share is one, with its offset, flags and owner', () => {
  const one = file({ offset: 1234, flags: 0o102001, owner: { kind: 'process', pid: 2, signal: 29 } });
  const { rows, reasons } = made([one, one, file()]);
  expect(rows('fileTable')[0]?.descriptors).toEqual([
    { fd: 0, flags: 0, file: 0 },
    { fd: 1, flags: 1, file: 0 },
    { fd: 2, flags: 0, file: 1 },
  ]);
  expect(rows('file')[0]).toMatchObject({
    position: 1234n,
    flags: 0o102001,
    owner: 2,
    signal: 29,
    path: '/etc/x',
  });
  expect(reasons).toEqual([]);
});

test('a file that tells somebody outside of the plan is noted; a process group is a negative number', () => {
  const outside = made([file({ owner: { kind: 'process', pid: 99, signal: 0 } })]);
  expect(outside.reasons).toEqual([
    'signal_io: /etc/x: it tells process 99, which is not in the plan, of input',
  ]);
  expect(made([file({ owner: { kind: 'group', pid: 99, signal: 0 } })]).rows('file')[0]?.owner).toBe(-99);
});

test('a descriptor whose file could not be read is refused', () => {
  const { planning, rows, reasons } = made([]);
  expect(planning.index.files.size).toBe(0);
  const unknown = made([], {
    fileTables: [{ address: '0xf2', descriptors: [{ fd: 0, closeOnExec: false, file: '0xdead' }] }],
  });
  expect(unknown.rows('file')[0]).toMatchObject({ kind: FILE_KIND.refused, target: null, path: '' });
  expect([rows('file'), reasons, unknown.reasons]).toEqual([
    [],
    [],
    ['unknown_file: 0xdead: this open file could not be read'],
  ]);
});

describe('kinds', () => {
  test('by type and file system', () => {
    const dir = { type: 'directory', path: '/usr' } as const;
    expect(kinds([file(), file(dir), file({ flags: 0o10000000 })])).toEqual(['regular', 'directory', 'path']);
    expect(fate(file({ fsType: 'proc', path: '/proc/meminfo' }))).toEqual(['proc']);
    expect(fate(file({ fsType: 'tmpfs', path: '/tmp/x' }))).toEqual(['shared_memory']);
    expect(fate(file({ fsType: 'fuse.sshfs' }))).toEqual(['refused', 'fuse']);
    expect(fate(file({ fsType: 'secretmem', deleted: true }))).toEqual(['refused', 'secret_memory']);
    expect(fate(file({ type: 'anon', operations: 'kvm_vm_fops' }))).toEqual(['refused', 'kvm']);
    expect(fate(file({ type: 'anon', operations: 'new_thing_fops' }))).toEqual(['refused', 'unknown_file']);
  });

  test('devices: those without state, kmsg, others; block devices for reading', () => {
    const device = (rdev: number, rest: Partial<SnapshotFile> = {}) =>
      file({ type: 'char', path: '/dev/x', rdev, ...rest });
    expect(fate(device(0x100003))).toEqual(['device']);
    expect(fate(device(0x10000b))).toEqual(['device', 'kernel_log']);
    expect(fate(device(0x100001))).toEqual(['refused', 'device']);
    expect(fate(device(0xa000e8))).toEqual(['refused', 'device']);
    expect(fate(device(0xfe00000, { type: 'block', flags: 0 }))).toEqual(['device']);
    expect(fate(device(0xfe00000, { type: 'block', flags: 2 }))).toEqual(['refused', 'block_device']);
  });

  test('what has no path any more', () => {
    expect(fate(file({ type: 'directory', deleted: true }))).toEqual(['refused', 'deleted_path']);
    expect(fate(file({ path: '(unreachable)/x' }))).toEqual(['refused', 'unreachable_path']);
    expect(fate(file({ mountId: 77 }))).toEqual(['refused', 'detached_mount']);
  });

  test('processes and namespaces under /proc', () => {
    const proc = (path: string) => file({ fsType: 'proc', path });
    expect(fate(proc('/proc/2/status'))).toEqual(['proc']);
    expect(fate(proc('/proc/3/status'))).toEqual(['refused', 'proc_of_others']);
    expect(fate(file({ fsType: 'nsfs', path: 'mnt:[4026531841]', inode: 4026531841 }))).toEqual([
      'refused',
      'namespace_file',
    ]);
  });
});

describe('pages', () => {
  test('those that the disk lacks, up to the end of the file', () => {
    const one = file({ size: 3 * 4096 + 1 });
    const runs = [
      run(0, 1),
      run(1, 1, CACHED.present | CACHED.dirty),
      run(3, 5, CACHED.present | CACHED.writeback),
    ];
    const [inode] = made([one], cached(one, runs)).rows('inode');
    expect(inode?.pages.map(({ address: at, pages, flags }) => [at, pages, flags])).toEqual([
      [4096, 1, PAGE_FLAG.dirty],
      [3 * 4096, 1, PAGE_FLAG.dirty],
    ]);
  });

  test('of a deleted file all; what memory lacks of it is refused', () => {
    const gone = file({ deleted: true, links: 0, size: 8192, path: '/x (deleted)' });
    const whole = made([gone], cached(gone, [run(0, 2)]));
    expect(whole.rows('inode')[0]).toMatchObject({
      flags: INODE_FLAG.deleted,
      pages: [{ address: 0, pages: 2 }],
    });
    expect(whole.reasons).toEqual([]);
    expect(made([gone], cached(gone, [run(0, 1)])).reasons).toEqual([
      'deleted_file: /x (deleted): it is deleted, and 1 of its pages are on disk alone, where nothing keeps them',
    ]);
  });

  test('a deleted file with another name is opened by that', () => {
    const gone = file({ deleted: true, links: 1, size: 8192, path: '/x (deleted)' });
    const { rows, reasons } = made([gone], cached(gone, [], { deleted: false, paths: ['/y'] }));
    expect([rows('inode')[0]?.path, rows('inode')[0]?.flags, reasons]).toEqual(['/y', 0, []]);
  });
});

describe('objects', () => {
  const pipe = (rest = {}) =>
    ({
      ...{ kind: 'pipe', address: address(), readers: 1, writers: 1, capacity: 16, bytes: 3 },
      buffers: [{ contents: bytes('abc'), flags: 8, operations: null }],
      ...rest,
    }) as const;
  const ends = { type: 'fifo', fsType: 'pipefs', path: 'pipe:[9]', inode: 9 } as const;

  test('a pipe is one for both ends', () => {
    const detail = pipe();
    const [read, write] = [
      file({ ...ends, flags: 0, object: detail.address }),
      file({ ...ends, flags: 1, object: detail.address }),
    ];
    const { rows, reasons } = made([read, write], { objects: [detail as never] });
    expect(rows('file').map(({ kind, target }) => [kind, target])).toEqual([
      [FILE_KIND.pipe, 0],
      [FILE_KIND.pipe, 0],
    ]);
    expect(rows('pipe')).toMatchObject([{ inode: 9n, capacity: 16, path: '', buffers: [{ flags: 8 }] }]);
    expect(Buffer.from(rows('pipe')[0]?.buffers[0]?.contents ?? []).toString()).toBe('abc');
    expect(reasons).toEqual([]);
  });

  test('the end that others have, and bytes that are missing, are refused', () => {
    const detail = pipe({ buffers: [{ contents: bytes('abc', 5), flags: 0, operations: null }] });
    const [read, write] = [
      file({ ...ends, flags: 0, object: detail.address }),
      file({ ...ends, flags: 1, object: detail.address }),
    ];
    const { reasons } = made([read], { objects: [detail as never] }, { others: [write] });
    expect(reasons).toEqual([
      'pipe: pipe:[9]: 5 bytes in it could not be read',
      'pipe_end: pipe:[9]: its writers are not in the plan',
    ]);
  });

  test('a pipe whose ring makes no sense is refused, and planned with room for what is in it', () => {
    const detail = pipe({ capacity: 0, readers: 0, writers: 0 });
    const read = file({ ...ends, flags: 0, object: detail.address });
    const { rows, reasons } = made([read], { objects: [detail as never] });
    expect(rows('pipe')).toMatchObject([{ capacity: 1 }]);
    expect(reasons).toEqual([
      'pipe: pipe:[9]: it has room for 0 buffers, which no pipe has with these contents',
    ]);
  });

  test('epoll watches files, other instances too; not what nobody in the plan has', () => {
    const outside = file({ path: '/outside' });
    const eventfd = opened({
      kind: 'eventfd',
      address: address(),
      count: '18446744073709551614',
      id: 1,
      semaphore: true,
    } as const);
    const watch = (of: SnapshotFile, fd: number) => ({
      fd,
      events: 0x80000001,
      data: '0xffffffffffffffff',
      file: of.address,
    });
    const inner = opened({ kind: 'epoll', address: address(), watches: [watch(eventfd.file, 4)] } as never);
    const outer = opened({
      kind: 'epoll',
      address: address(),
      watches: [watch(inner.file, 5), watch(outside, 6)],
    } as never);
    const objects = [eventfd.detail, inner.detail, outer.detail] as never;
    const { rows, reasons } = made(
      [outer.file, inner.file, eventfd.file],
      { objects },
      { others: [outside] },
    );
    const place = new Map(rows('fileTable')[0]?.descriptors.map(({ fd, file: index }) => [fd, index]));
    expect(rows('epoll').map(({ watches }) => watches.map(({ file: index }) => index))).toEqual([
      [place.get(1), null],
      [place.get(2)],
    ]);
    expect(rows('epoll')[0]?.watches[0]).toMatchObject({
      fd: 5,
      events: 0x80000001,
      data: 0xffffffffffffffffn,
    });
    expect(rows('eventfd')).toEqual([{ count: 2n ** 64n - 2n, semaphore: 1 }]);
    expect(reasons).toEqual([expect.stringContaining('what it watches under 6 (/outside)')]);
  });

  test('timerfd: one that has fired for good does not run', () => {
    const timer = (remaining: number, interval = 0) =>
      opened({
        ...{ kind: 'timerfd', address: address(), clock: 1, ticks: 1, settimeFlags: 1 },
        ...{ expires: 500, remaining, interval },
      } as const);
    const all = [timer(0), timer(30), timer(0, 7)];
    const { rows } = made(
      all.map((each) => each.file),
      { objects: all.map(({ detail }) => detail) as never },
    );
    expect(rows('timerfd').map(({ expires, remaining }) => [expires, remaining])).toEqual([
      [0n, 0n],
      [500n, 30n],
      [500n, 0n],
    ]);
  });

  test('inotify: watches by number, and those without a handle refused', () => {
    const watch = (wd: number, handle: object | null) => ({ wd, mask: 2, inode: 5, device: 1, handle });
    const one = opened({
      ...{ kind: 'inotify', address: address(), queued: 2, flags: 0, eventFlags: 0 },
      watches: [watch(2, null), watch(1, { type: 1, hex: '0102' })],
      events: [{ wd: 1, mask: 256, cookie: 0, name: 'new' }],
    } as never);
    const { rows, reasons } = made([one.file], { objects: [one.detail] as never });
    expect(rows('inotify')[0]?.watches.map(({ wd, handle }) => [wd, ...handle])).toEqual([[1, 1, 2], [2]]);
    expect(reasons.map((reason) => reason.replace(/^.*: /, ''))).toEqual([
      '1 of its watches are on files without a handle',
      '1 of its events could not be read',
    ]);
  });

  test('pidfd: of a process of the plan, of another, of one that is gone', () => {
    const of = (pids: readonly number[]) => opened({ kind: 'pidfd', address: address(), pids } as const);
    const all = [of([2]), of([3]), of([])];
    const { rows, reasons } = made(
      all.map((each) => each.file),
      { objects: all.map(({ detail }) => detail) as never },
    );
    expect(rows('file').map(({ target }) => target)).toEqual([0, null, null]);
    expect(reasons).toHaveLength(1);
  });

  test.each(['fanotify', 'userfaultfd', 'perf', 'bpf-map', 'bpf-prog', 'io_uring'] as const)(
    '%s is refused',
    (kind) => {
      const one = opened({ kind, address: address() } as never);
      const { rows, refusals } = made([one.file], { objects: [one.detail] as never });
      expect(rows('file')[0]).toMatchObject({ kind: FILE_KIND.refused, target: null });
      expect(refusals).toMatchObject([{ object: 0, processes: [{ process: 0 }] }]);
    },
  );
});
