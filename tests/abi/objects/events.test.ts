// Pipes, events and watches of the executor: see program.ts; skipped where it cannot run.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Inode, LOCK_KIND, LOCK_TYPE, type Pipe } from '../../../src/resurrect/abi/records/files.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, ObjectsProgram } from './program.js';

const PACKET = 8;
const SECOND = 1_000_000_000;
const EPOLLONESHOT = 0x4000_0000;

describe.skipIf(!canRun())('pipes and events that the executor makes', () => {
  let program: ObjectsProgram;
  beforeAll(() => {
    program = new ObjectsProgram();
  }, 300_000);
  afterAll(() => program?.close());

  const pipe = (path: string, buffers: Pipe['buffers'], capacity = 16): Pipe => ({
    ...{ inode: 50n, capacity, readers: 1, writers: 1, path, buffers },
  });
  const buffer = (text: string, flags = 0x10) => ({ flags, contents: Buffer.from(text) });

  test('pipes have what was in them, packets apart, and the flags of their ends', () => {
    const maker = new PlanMaker();
    const stream = maker.add(
      'pipe',
      pipe('', [buffer('one, '), buffer('two', 0), buffer('x'.repeat(4096))], 32),
    );
    const packets = maker.add('pipe', pipe('', [buffer('one', PACKET), buffer('two', PACKET)]));
    const read = maker.file('pipe', stream, 'pipe:[50]', { flags: 0o4000 });
    const written = maker.file('pipe', stream, 'pipe:[50]', { flags: 1 });
    const again = maker.file('pipe', stream, 'pipe:[50]', { flags: 0o104000 });
    const apart = maker.file('pipe', packets, 'pipe:[51]', { flags: 0 });
    const together = maker.file('pipe', packets, 'pipe:[51]', { flags: 0o44001 });
    const { failed, files, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(files.get(read)?.texts('read')).toEqual([`one, two${'x'.repeat(4096)}`]);
    expect(files.get(read)?.get('capacity')).toBe(String(32 * 4096));
    expect(files.get(apart)?.texts('read')).toEqual(['one', 'two']);
    const flags = [read, written, again, apart, together].map((file) => files.get(file)?.get('flags'));
    expect(flags).toEqual(['4000', '1', '104000', '0', '44001']);
    expect(files.get(again)?.text('link')).toBe(files.get(written)?.text('link'));
  });

  test('FIFOs have what was in them, by their names', () => {
    const maker = new PlanMaker();
    const path = join(program.disk, 'fifo');
    const target = maker.add('pipe', pipe(path, [buffer('in a fifo')]));
    const read = maker.file('fifo', target, path, { flags: 0o100000 });
    const both = maker.file('fifo', target, path, { flags: 0o104002 });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(files.get(read)?.texts('read')).toEqual(['in a fifo']);
    expect(files.get(both)?.text('link')).toBe(path);
    expect([read, both].map((file) => files.get(file)?.get('flags'))).toEqual(['100000', '104002']);
    expect(statSync(path).isFIFO()).toBe(true);
  });

  test('eventfds have their counts, signalfds their masks', () => {
    const maker = new PlanMaker();
    const count = maker.add('eventfd', { count: 0x1_0000_0001n, semaphore: 0 });
    const semaphore = maker.add('eventfd', { count: 2n, semaphore: 1 });
    const files = [
      maker.file('eventfd', count, 'anon_inode:[eventfd]', { flags: 0o4002 }),
      maker.file('eventfd', semaphore, 'anon_inode:[eventfd]', { flags: 2 }),
      maker.file('signalfd', maker.add('signalfd', { mask: 0x10200n }), 'anon_inode:[signalfd]', {
        flags: 2,
      }),
    ];
    const outcome = program.run(maker);
    expect(outcome.failed).toEqual([]);
    const [first, second, third] = files.map((index) => outcome.files.get(index));
    expect(first?.all('read')).toEqual(['0100000001000000']);
    expect(second?.all('read')).toEqual(['0100000000000000', '0100000000000000']);
    expect(third?.text('info')).toContain('sigmask:\t0000000000010200\n');
    expect(files.map((index) => outcome.files.get(index)?.get('flags'))).toEqual(['4002', '2', '2']);
  });

  test('timers run on: with what is left, their intervals, their ticks', () => {
    const maker = new PlanMaker();
    const timer = (
      row: { clock: number; flags: number; ticks: bigint; remaining: bigint; expires: bigint },
      interval = 0n,
    ) =>
      maker.file('timerfd', maker.add('timerfd', { ...row, interval }), 'anon_inode:[timerfd]', { flags: 2 });
    const hour = BigInt(3600 * SECOND);
    const runs = timer({ clock: 1, flags: 0, ticks: 0n, remaining: hour, expires: 1n }, 5_000_000_000n);
    const far = BigInt(4_102_444_800 * SECOND);
    const absolute = timer({ clock: 0, flags: 1, ticks: 0n, remaining: 1n, expires: far });
    const fired = timer({ clock: 7, flags: 0, ticks: 3n, remaining: 0n, expires: 0n });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(files.get(runs)?.text('info')).toMatch(
      /clockid: 1\nticks: 0\nsettime flags: 00\nit_value: \(35\d\d, \d+\)\nit_interval: \(5, 0\)/,
    );
    expect(files.get(absolute)?.text('info')).toMatch(
      /clockid: 0\nticks: 0\nsettime flags: 01\nit_value: \([1-9]\d+, /,
    );
    expect(files.get(fired)?.all('read')).toEqual(['0300000000000000']);
  });

  test('epoll instances watch what they watched, under its number; one that had fired waits', () => {
    const maker = new PlanMaker();
    const ready = maker.file('eventfd', maker.add('eventfd', { count: 1n, semaphore: 0 }), 'x', { flags: 2 });
    const inner = maker.add('epoll', { watches: [{ fd: 1, events: 0x8000_0019, data: 7n, file: ready }] });
    const nested = maker.file('epoll', inner, 'anon_inode:[eventpoll]', { flags: 2 });
    const watches = [
      { fd: 900, events: 0x19, data: 0xabcdef0123456789n, file: ready },
      { fd: 6, events: EPOLLONESHOT, data: 6n, file: ready },
      { fd: 8, events: 0x19, data: 8n, file: null },
      { fd: 9, events: 0x19, data: 9n, file: nested },
    ];
    const outer = maker.file('epoll', maker.add('epoll', { watches }), 'anon_inode:[eventpoll]', {
      flags: 2,
    });
    const { failed, files, left, said } = program.run(maker);
    expect([failed, left, said]).toEqual([[], [], []]);
    const watched = (file: number) =>
      [...(files.get(file)?.text('info') ?? '').matchAll(/tfd: +(\d+) events: +(\w+) data: +(\w+)/g)]
        .map(([, fd, events, data]) => [fd, events, data])
        .sort();
    expect(watched(outer)).toEqual([
      ['6', '40000000', '6'],
      ['9', '19', '9'],
      ['900', '19', 'abcdef0123456789'],
    ]);
    expect(watched(nested)).toEqual([['1', '80000019', '7']]);
  });

  test('inotify instances have their watches, under their numbers, and nothing that nobody did', () => {
    const maker = new PlanMaker();
    const folder = join(program.disk, 'watched');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), '');
    const row = (path: string): Inode => {
      const { ino, mode } = statSync(path);
      return { ...(samplePlan().inode[0] as Inode), path, inode: BigInt(ino), mode, pages: [] };
    };
    const [of, within] = [row(folder), row(join(folder, 'file'))];
    maker.add('inode', of);
    maker.file('regular', maker.add('inode', within), within.path);
    const { device } = of;
    const handle = new Uint8Array(0);
    const watches = [
      { wd: 3, mask: 0xfff, inode: of.inode, device, handleType: 0, handle },
      { wd: 7, mask: 0x0400_0002, inode: within.inode, device, handleType: 0, handle },
    ];
    const target = maker.add('inotify', { watches, events: [] });
    const file = maker.file('inotify', target, 'anon_inode:inotify', { flags: 0 });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    const found = [...(files.get(file)?.text('info') ?? '').matchAll(/wd:(\d+) ino:(\w+) .*? mask:(\w+)/g)];
    const expected = watches.map(({ wd, inode, mask }) => [
      String(wd),
      inode.toString(16),
      mask.toString(16),
    ]);
    expect(found.map(([, ...parts]) => parts).sort()).toEqual(expected);
    expect(files.get(file)?.all('read')).toEqual([]);
  });

  test('inotify instances tell of what they had not told, of files that are there and of those that are not', () => {
    const maker = new PlanMaker();
    const folder = join(program.disk, 'told');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'contents');
    mkdirSync(join(folder, 'subfolder'));
    const { ino } = statSync(folder);
    const inode = { ...(samplePlan().inode[0] as Inode), path: folder, inode: BigInt(ino), pages: [] };
    maker.add('inode', inode);
    const { device } = inode;
    const handle = new Uint8Array(0);
    const watch = { wd: 4, mask: 0xfff, inode: inode.inode, device, handleType: 0, handle };
    const masks = [0x100, 0x20, 0x2, 0x8, 0x1, 0x10, 0x4, 0x40, 0x80, 0x200];
    const names = ['file', 'gone'].flatMap((name) => masks.map((mask) => ({ name, mask })));
    const folders = [0x100, 0x20, 0x1, 0x10, 0x40].map((mask) => ({
      name: 'subfolder',
      mask: mask | 0x4000_0000,
    }));
    const own = [{ name: '', mask: 0x4000_0020 }];
    const events = [...names, ...folders, ...own].map((event) => ({ wd: 4, cookie: 0, ...event }));
    const other = { ...watch, wd: 1 };
    const target = maker.add('inotify', { watches: [watch], events });
    const file = maker.file('inotify', target, 'anon_inode:inotify', { flags: 0 });
    const quiet = maker.add('inotify', { watches: [other], events: [] });
    const silent = maker.file('inotify', quiet, 'anon_inode:inotify', { flags: 0 });
    const before = statSync(join(folder, 'file'));
    const { failed, files, said, left } = program.run(maker);
    expect([failed, said, left]).toEqual([[], [], []]);
    const bytes = Buffer.from(files.get(file)?.all('read').join('') ?? '', 'hex');
    const told: { wd: number; name: string; mask: number; cookie: number }[] = [];
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 12)) {
      const [wd, mask] = [bytes.readInt32LE(at), bytes.readUInt32LE(at + 4)];
      const name = bytes.subarray(at + 16, at + 16 + bytes.readUInt32LE(at + 12)).toString();
      told.push({ wd, cookie: 0, name: name.replaceAll('\0', ''), mask });
    }
    expect(told).toEqual(events);
    expect(files.get(silent)?.all('read')).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['file', 'subfolder']);
    const after = statSync(join(folder, 'file'));
    expect([after.ino, after.mtimeMs, after.size]).toEqual([before.ino, before.mtimeMs, before.size]);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('contents');
  });

  test('locks are taken through the files that had them', () => {
    const maker = new PlanMaker();
    const path = join(program.disk, 'locked');
    writeFileSync(path, '');
    const inode = { ...(samplePlan().inode[0] as Inode), path, inode: BigInt(statSync(path).ino) };
    const target = maker.add('inode', { ...inode, pages: [] });
    const [first, second] = [maker.file('regular', target, path), maker.file('regular', target, path)];
    const all = { process: null, start: 0n, end: 0xffff_ffff_ffff_ffffn };
    maker.add('lock', { ...all, kind: LOCK_KIND.flock, type: LOCK_TYPE.write, file: first });
    maker.add('lock', {
      ...all,
      kind: LOCK_KIND.ofd,
      type: LOCK_TYPE.read,
      file: second,
      start: 100n,
      end: 199n,
    });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(files.get(first)?.text('info')).toMatch(/lock:\t1: FLOCK +ADVISORY +WRITE .* 0 EOF\n/);
    expect(files.get(second)?.text('info')).toMatch(/lock:\t1: OFDLCK +ADVISORY +READ .* 100 199\n/);
  });

  test('processes take the locks and leases that are theirs, by their own numbers', () => {
    const maker = new PlanMaker();
    const open = (name: string, flags: number) => {
      const path = join(program.disk, name);
      writeFileSync(path, '');
      const inode = { ...(samplePlan().inode[0] as Inode), path, inode: BigInt(statSync(path).ino) };
      return maker.file('regular', maker.add('inode', { ...inode, pages: [] }), path, { flags });
    };
    const [leased, file] = [open('leased', 0o100000), open('held', 0o100002)];
    const process = maker.process([
      [7, leased],
      [8, file],
    ]);
    const range = { process, start: 10n, end: 29n };
    maker.add('lock', { ...range, kind: LOCK_KIND.posix, type: LOCK_TYPE.write, file });
    maker.add('lock', { ...range, kind: LOCK_KIND.lease, type: LOCK_TYPE.read, file: leased });
    const { failed, own } = program.run(maker);
    expect(failed).toEqual([]);
    const expected = { error: '0', type: '1', start: '10', length: '20', of_child: '1' };
    const told = own.get('lock 0');
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, told?.get(name)]))).toEqual(
      expected,
    );
  });
});
