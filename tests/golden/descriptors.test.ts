// What stands behind descriptors: /proc/PID/fdinfo as whole texts, and what the zoo put into pipes, queues and counters
// (src/lab/guest/zoo/files.c, objects.c, shared.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { type DriverNumbers, devicesOf } from '../../src/parsers/descriptors/devices.js';
import { aioContextsOf, descriptorOf, fdinfoOf } from '../../src/parsers/parts/descriptors.js';
import { contentsOf } from '../../src/snapshot/bytes.js';
import type { DescriptorDetail, PipeDetail } from '../../src/snapshot/descriptor.js';
import type { Task } from '../../src/snapshot/task.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { fieldsOf } from './proc-text.js';

/** What a timer that runs has left is not what it had when the guest was asked. */
const COUNTS_DOWN = /^it_value: \((?!0, 0\)).*\n/m;
const NS = 1_000_000_000n;
/** fill() of the zoo: 512 words that tell the tag and their place. */
const filled = (tag: bigint): Buffer =>
  Buffer.from(
    BigUint64Array.from({ length: 512 }, (_, i) => (tag << 48n) ^ (BigInt(i) * 0x9e3779b1n)).buffer,
  );

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  function processes(): Task[] {
    const { dump, truth } = fixture;
    return dump.tasks.filter((task) => task.leader && !task.idle && task.pid !== truth.recorder.pid);
  }

  /** Details of a specimen's descriptors by number; undefined where this guest has none. */
  function specimen(comm: string): Map<number, DescriptorDetail | null> | undefined {
    const task = fixture.dump.tasks.find((each) => each.comm === comm);
    if (task === undefined) return undefined;
    return new Map(fixture.dump.files(task).map(({ fd, file }) => [fd, descriptorOf(fixture.dump, file)]));
  }

  test('fdinfo, every byte', () => {
    const { dump, truth } = fixture;
    const compare = new Comparison();
    for (const task of processes()) {
      for (const descriptor of dump.files(task)) {
        const theirs = textOf(truth.processes[task.pid]?.fd?.[descriptor.fd]?.info);
        const path = `processes ${task.pid} fd ${descriptor.fd} info`;
        if (theirs === undefined) continue;
        const isTimer = descriptor.file.operations === 'timerfd_fops';
        if (!isTimer && !isStable(truth, path)) continue;
        const ours = fdinfoOf(dump, task, descriptor);
        const known = (text: string) => (isTimer ? text.replace(COUNTS_DOWN, '') : text);
        compare.same(`${task.comm} ${path} ${descriptor.file.path}`, known(ours), known(theirs));
      }
    }
    expect(dump.kernel.faults.records).toEqual([]);
    compare.finish(500);
  });

  test('timers that run expire when the guest’s clock would have come so far', () => {
    const { dump, truth } = fixture;
    let running = 0;
    for (const task of processes()) {
      for (const { fd, file } of dump.files(task)) {
        const detail = descriptorOf(dump, file);
        const info = textOf(truth.processes[task.pid]?.fd?.[fd]?.info);
        if (detail?.kind !== 'timerfd' || info === undefined || BigInt(detail.remaining) === 0n) continue;
        const [, seconds = '', ns = ''] = /\((\d+), (\d+)\)/.exec(fieldsOf(info).get('it_value') ?? '') ?? [];
        const asked = BigInt(detail.expires) - BigInt(seconds) * NS - BigInt(ns);
        const clock = BigInt(truth.clocks[detail.clock === 0 ? 'realtime' : 'monotonic']);
        // The clocks were read when all the rest had been.
        expect(Number((clock - asked) / NS)).toBeGreaterThanOrEqual(0);
        expect(Number((clock - asked) / NS)).toBeLessThan(120);
        running++;
      }
    }
    if (specimen('zoo-timers') !== undefined) expect(running).toBeGreaterThanOrEqual(2);
  });

  test('what zoo-pipes wrote', ({ skip }) => {
    const found = specimen('zoo-pipes');
    if (found === undefined) return skip('not in this capture');
    const pipe = (fd: number) => found.get(fd) as PipeDetail;
    const held = (fd: number) =>
      pipe(fd).buffers.map(({ contents }) => Buffer.from(contentsOf(contents)).toString('latin1'));
    expect(held(4)).toEqual(['words in a pipe']);
    expect(held(6)).toEqual(['one', 'two']);
    expect(pipe(6).buffers.every(({ flags }) => (flags & 8) !== 0)).toBe(true);
    expect([pipe(8).capacity, pipe(8).bytes]).toEqual([32, 32 * 4096]);
    const page = filled(0x310n).toString('latin1');
    expect(held(8).every((each) => each === page)).toBe(true);
    expect(pipe(9)).toBe(found.get(9));
    expect(pipe(9).address).toBe(pipe(8).address);
    expect([pipe(10).address === pipe(12).address, pipe(10).readers, pipe(10).writers]).toEqual([true, 2, 1]);
    expect([pipe(11).readers, pipe(11).writers, pipe(11).bytes]).toEqual([0, 1, 0]);
  });

  test('what zoo-uring put into its rings, and what it registered', ({ skip }) => {
    const ring = specimen('zoo-uring')?.get(4);
    if (ring?.kind !== 'io_uring') return skip('not in this capture');
    const nops = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `${0xfedcba9876540000n + BigInt(from + i)}`);
    // What 5.10 does not tell in fdinfo is not read of it.
    const told = fixture.dump.kernel.types.member('io_ring_ctx.cancel_table') !== undefined;
    expect(ring.submissions.map(({ name, userData }) => [name, userData])).toEqual(
      told
        ? [
            ['READ_FIXED', 42],
            ['TIMEOUT', `${2n ** 64n - 1n}`],
          ]
        : [],
    );
    expect(ring.completions.map(({ userData }) => userData)).toEqual(told ? nops(0, 8) : []);
    expect(ring.overflow.map(({ userData }) => userData)).toEqual(told ? nops(8, 4) : []);
    expect(ring.files.map((file) => file !== null)).toEqual([true, false, true, true]);
    expect(ring.files[0]).toMatch(/zoo uring$/);
    expect(ring.buffers.map((buffer) => buffer?.bytes)).toEqual([4096, 8192]);
    expect(ring.polls).toEqual(Array(3).fill({ opcode: 6, taskWork: false }));
    const [first, second] = ring.buffers.map((buffer) => BigInt(buffer?.address ?? 0));
    expect((second ?? 0n) - (first ?? 0n)).toBe(4096n + 512n);
  });

  test('the memory of every map of zoo-bpfmaps', ({ skip }) => {
    const found = specimen('zoo-bpfmaps');
    if (found === undefined) return skip('not in this capture');
    const maps = [...found.values()].filter((detail) => detail?.kind === 'bpf-map');
    // 5.10 has no bloom filters; that the numbers are the kernel’s, the test of fdinfo shows.
    expect(maps.length).toBeGreaterThanOrEqual(21);
    expect(maps.filter(({ memory }) => memory === null)).toEqual([]);
  });

  test('buffers of zoo-pipes that are not the pipes’ own, and what is left of one', ({ skip }) => {
    const found = specimen('zoo-pipes');
    if (found?.has(18) !== true) return skip('not in this capture');
    const buffers = (fd: number) => (found.get(fd) as PipeDetail).buffers;
    const held = (fd: number) => buffers(fd).map(({ contents }) => Buffer.from(contentsOf(contents)));
    expect(held(14)).toEqual([filled(0x300n).subarray(16, 80)]);
    expect(buffers(14)[0]?.operations).toBe('page_cache_pipe_buf_ops');
    expect(held(16).map(String)).toEqual(['given away']);
    expect(buffers(16)[0]?.operations).toBe('user_page_pipe_buf_ops');
    expect(held(18).map(String)).toEqual(['and left']);
  });

  test('what zoo-events counts, and what of it is ready', ({ skip }) => {
    const found = specimen('zoo-events');
    if (found === undefined) return skip('not in this capture');
    expect([found.get(4), found.get(5)]).toMatchObject([
      { kind: 'eventfd', count: 42, semaphore: false },
      { kind: 'eventfd', count: 7, semaphore: true },
    ]);
    const epoll = found.get(8);
    const watches = epoll?.kind === 'epoll' ? epoll.watches : [];
    const ready = (fd: number) => watches.find((watch) => watch.fd === fd)?.ready;
    // An eventfd that counts, an empty pipe, and an epoll whose pipe has room.
    expect([ready(4), ready(6), ready(9)]).toEqual([true, false, true]);
  });

  test('events that zoo-watches has not read', ({ skip }) => {
    const found = specimen('zoo-watches')?.get(4);
    if (found?.kind !== 'inotify') return skip('not in this capture');
    const ofFile = found.events.filter(({ name }) => name === 'zoo-watched');
    // IN_CREATE, IN_OPEN, IN_CLOSE_WRITE
    expect(ofFile.map(({ wd, mask }) => [wd, mask])).toEqual([
      [2, 0x100],
      [2, 0x20],
      [2, 0x8],
    ]);
    expect(found.queued).toBe(found.events.length);
  });

  test('aio contexts, where the guest’s maps have their rings', ({ skip }) => {
    const { dump, truth } = fixture;
    let contexts = 0;
    for (const task of processes()) {
      const maps = textOf(truth.processes[task.pid]?.files['maps']) ?? '';
      const rings = maps.split('\n').filter((line) => line.includes('/[aio]'));
      const ours = aioContextsOf(dump, task);
      const starts = ours.map(({ id }) => BigInt(id).toString(16).padStart(8, '0')).sort();
      expect(starts).toEqual(rings.map((line) => line.split('-')[0]).sort());
      contexts += ours.length;
    }
    const [of] = fixture.dump.tasks.filter(({ comm }) => comm === 'zoo-rings');
    if (of === undefined) return skip('not in this capture');
    expect(contexts).toBeGreaterThan(0);
    expect(aioContextsOf(dump, of).map(({ requests, unread }) => [requests >= 32, unread])).toEqual([
      [true, 0],
    ]);
  });

  test('drivers of devices, as /proc/devices', () => {
    const { char, block } = devicesOf(fixture.dump.kernel);
    const lines = (drivers: readonly DriverNumbers[]) =>
      drivers.map(({ major, name }) => `${String(major).padStart(3)} ${name}\n`).join('');
    const ours = `Character devices:\n${lines(char)}\nBlock devices:\n${lines(block)}`;
    expect(ours).toBe(textOf(fixture.truth.system['/proc/devices']));
  });

  test('seals of zoo-memfd', ({ skip }) => {
    const found = specimen('zoo-memfd');
    if (found === undefined) return skip('not in this capture');
    // F_SEAL_SHRINK and F_SEAL_GROW; a file made without MFD_ALLOW_SEALING has F_SEAL_SEAL
    expect(found.get(4)).toMatchObject({ kind: 'memfd', name: 'zoo memory', seals: 6, huge: false });
    const others = [...found.values()].filter((each) => each?.kind === 'memfd');
    expect(others.find((each) => each.name === 'zoo-huge')).toMatchObject({ seals: 1, huge: true });
  });
});
