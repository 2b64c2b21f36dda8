// Each named fault of the operations on objects is fired: the step fails with its error, and leaves nothing behind. See
// program.ts; skipped where it cannot run.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCK_KIND, LOCK_TYPE, TERMINAL_KIND } from '../../../src/resurrect/abi/records/files.js';
import { SHARED_MEMORY_KIND } from '../../../src/resurrect/abi/records/memory.js';
import { SOCKET_FLAG, SOCKET_STATE } from '../../../src/resurrect/abi/records/sockets.js';
import { ENTRY_KIND } from '../../../src/resurrect/abi/records/storage.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, ObjectsProgram } from './program.js';

const EIO = 5;
const KERNEL = join(dirname(fileURLToPath(import.meta.url)), '../../../kernel');

/** Of the files that the program is made of. */
function faultNames(): string[] {
  const list = readFileSync(join(KERNEL, 'tests/objects.mk'), 'utf8').replaceAll('\\\n', ' ');
  const files = /^NAMES := (.*)$/m.exec(list)?.[1]?.split(/\s+/) ?? [];
  const texts = files.map((name) => readFileSync(join(KERNEL, `resurrect/${name}.c`), 'utf8'));
  return [
    ...new Set([...texts.join('').matchAll(/FAULT_POINT\("([^"]+)"\)/g)].map(([, name]) => name ?? '')),
  ].sort();
}

type Row<K extends keyof ReturnType<typeof samplePlan>> = ReturnType<
  typeof samplePlan
>[K] extends readonly (infer R)[]
  ? R
  : never;

describe.skipIf(!canRun())('faults of the operations on objects', () => {
  let program: ObjectsProgram;
  let maker: PlanMaker;
  const sample = samplePlan();
  const first = <K extends 'terminal' | 'socket' | 'inode' | 'sharedMemory' | 'writeback'>(kind: K): Row<K> =>
    sample[kind][0] as Row<K>;

  beforeAll(() => {
    program = new ObjectsProgram();
    maker = oneOfEverything();
  }, 300_000);
  afterAll(() => program?.close());

  function storage(one: PlanMaker): void {
    const { disk } = program;
    one.add('writeback', {
      ...first('writeback'),
      path: join(disk, 'written'),
      bytes: 4,
      pages: one.pages('page'),
    });
    const shared = {
      ...first('sharedMemory'),
      kind: SHARED_MEMORY_KIND.tmpfs,
      bytes: 4,
      flags: 0,
      pages: one.pages('page'),
    };
    const memory = one.add('sharedMemory', { ...shared, name: join(disk, 'tmpfs/file') });
    const entry = { memory: null, inode: 1n, mode: 0o755, uid: 0, gid: 0, rdev: 0, target: '', times: [] };
    const entries = [
      { ...entry, kind: ENTRY_KIND.directory, path: '/' },
      { ...entry, kind: ENTRY_KIND.regular, inode: 2n, memory, path: '/file' },
    ];
    one.add('mount', { device: 1, path: join(disk, 'tmpfs'), options: 'rw', entries });
    one.add('sharedMemory', {
      ...shared,
      kind: SHARED_MEMORY_KIND.anonymous,
      name: '/dev/zero',
      pages: one.pages('x'),
    });
    const row = { ...first('inode'), path: join(disk, 'gone (deleted)'), flags: 1, links: 0, bytes: 4 };
    one.file('regular', one.add('inode', { ...row, pages: one.pages('gone') }), row.path);
  }

  function ipc(one: PlanMaker): void {
    const owners = { namespace: 1, mode: 0o600, uid: 0, gid: 0, creatorUid: 0, creatorGid: 0, key: 0 };
    const row = {
      ...first('sharedMemory'),
      kind: SHARED_MEMORY_KIND.system_v,
      bytes: 4096,
      pages: one.pages('x'),
    };
    one.add('shmSegment', {
      ...owners,
      ipcId: 3,
      memory: one.add('sharedMemory', row),
      creatorPid: 0,
      bytes: 4096,
    });
    one.add('semaphoreSet', { ...owners, ipcId: 3, semaphores: [{ value: 1, pid: 0 }], undo: [] });
    const queue = {
      ...owners,
      ipcId: 3,
      posix: 0,
      messageLimit: 0,
      byteLimit: 100,
      name: '',
      lastSender: 0,
      lastReceiver: 0,
      notification: [],
    };
    one.add('messageQueue', { ...queue, messages: [{ type: 1n, contents: Buffer.from('m') }] });
  }

  function terminals(one: PlanMaker): void {
    const row = first('terminal');
    one.add('terminal', { ...row, index: 0, other: 1, input: Buffer.from('written'), lflag: 0 });
    const input = { input: Buffer.from('typed'), lineEnds: [] };
    one.add('terminal', {
      ...row,
      kind: TERMINAL_KIND.pty_slave,
      name: 'pts/0',
      index: 0,
      other: 0,
      ...input,
    });
    // A terminal that is opened by its name: any will do.
    one.add('terminal', { ...row, kind: TERMINAL_KIND.device, name: 'pts/0', index: 0, other: null });
    one.file('terminal', 0, '/dev/ptmx');
    one.file('terminal', 1, '/dev/pts/0');
  }

  function sockets(one: PlanMaker): void {
    const base = { ...first('socket'), peer: null, peerPid: 0, queue: [] };
    const local = Uint8Array.from([1, 0, ...Buffer.from(`${join(program.disk, 'socket')}\0`)]);
    const packet = { contents: Buffer.from('m'), from: new Uint8Array(0), files: [], pid: 0, uid: 0, gid: 0 };
    const embryo = { ...base, flags: SOCKET_FLAG.embryo, local, queue: [packet] };
    const pending = [{ socket: 1, remote: new Uint8Array(0) }];
    one.add('socket', { ...base, state: SOCKET_STATE.listening, backlog: 1, local, pending });
    one.add('socket', embryo);
    one.file('socket', 0, 'socket:[60]');
  }

  function events(one: PlanMaker): void {
    const buffers = [{ flags: 16, contents: Buffer.from('unread') }];
    const path = join(program.disk, 'fifo');
    one.file(
      'fifo',
      one.add('pipe', { inode: 1n, capacity: 16, readers: 1, writers: 1, path, buffers }),
      path,
    );
    const event = one.file('eventfd', one.add('eventfd', { count: 1n, semaphore: 0 }), '');
    one.add('timerfd', { clock: 1, flags: 0, ticks: 0n, remaining: 9n, expires: 9n, interval: 0n });
    one.add('signalfd', { mask: 1n });
    one.file('epoll', one.add('epoll', { watches: [{ fd: 3, events: 0x19, data: 1n, file: event }] }), '');
    const { ino } = statSync(join(program.disk, 'kept'));
    const inode = one.add('inode', {
      ...first('inode'),
      path: join(program.disk, 'kept'),
      inode: BigInt(ino),
      pages: [],
    });
    const { device } = first('inode');
    const watch = { wd: 1, mask: 2, inode: BigInt(ino), device, handleType: 0, handle: new Uint8Array(0) };
    one.file('inotify', one.add('inotify', { watches: [watch], events: [] }), '', { flags: 0 });
    const file = one.file('regular', inode, join(program.disk, 'kept'));
    const all = { process: null, start: 0n, end: 0xffff_ffff_ffff_ffffn };
    one.add('lock', { ...all, kind: LOCK_KIND.flock, type: LOCK_TYPE.write, file });
  }

  function oneOfEverything(): PlanMaker {
    const one = new PlanMaker();
    writeFileSync(join(program.disk, 'kept'), 'kept');
    for (const part of [storage, ipc, terminals, sockets, events]) part(one);
    return one;
  }

  test.each(faultNames())('%s', (name) => {
    const [prefix = ''] = name.split('.');
    const op = prefix.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    for (const made of program.onDisk().filter((each) => each !== 'kept')) {
      rmSync(join(program.disk, made), { recursive: true });
    }
    const { failed, left, ipc: objects } = program.run(maker, name);
    expect(failed[0]).toMatchObject({ op, error: -EIO });
    expect(left).toEqual([]);
    // What is in the queue of a socket comes when it has its name.
    const names = { write_back: 'written', fill_tmpfs: 'tmpfs', make_pipe: 'fifo', make_socket: 'socket' };
    const there = Object.entries(names).filter(([step]) => step !== prefix || name === 'make_socket.queue');
    expect(program.onDisk()).toEqual(['kept', ...there.map(([, made]) => made)].sort());
    const expected = { make_shm_segment: 'shm 3', make_semaphores: 'sem 3', make_message_queue: 'msg 3' };
    for (const [step, object] of Object.entries(expected)) expect(objects.has(object)).toBe(step !== prefix);
  });

  test('without a fault nothing fails', () => {
    const { failed, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
  });
});
