// Locks and interprocess communication against /proc/locks, /proc/sysvipc, and what the zoo put into queues
// (src/lab/guest/zoo/shared.c, objects.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { sysvipc } from '../../src/parsers/descriptors/ipc-text.js';
import { ipcOf, locksOf } from '../../src/parsers/parts/ipc.js';
import { contentsOf } from '../../src/snapshot/bytes.js';
import type { IpcMessage, IpcNamespace } from '../../src/snapshot/ipc.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const KINDS = ['shm', 'sem', 'msg'] as const;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const initial = (): IpcNamespace => ipcOf(fixture.dump)[0] as IpcNamespace;
  const has = (comm: string) => fixture.dump.tasks.some((task) => task.comm === comm);
  const pidOf = (comm: string) => fixture.dump.tasks.find((task) => task.comm === comm)?.pid;
  const told = (messages: readonly IpcMessage[]) =>
    messages.map(({ type, contents }) => [type, Buffer.from(contentsOf(contents)).toString('latin1')]);

  test('locks is /proc/locks', async () => {
    const theirs = textOf(fixture.truth.system['/proc/locks']);
    expect(isStable(fixture.truth, 'system /proc/locks')).toBe(true);
    expect((await runCli(fixture.dump, ['locks'])).stdout).toBe(theirs);
  });

  test('who waits for the locks of zoo-locks, and behind whom', ({ skip }) => {
    if (!has('zoo-lock-behind')) return skip('not in this capture');
    const named = (comm: string) => pidOf(comm) as number;
    const held = locksOf(fixture.dump).filter(({ pid }) => pid === pidOf('zoo-locks'));
    const posix = held.find(({ kind }) => kind === 'posix');
    expect(posix?.waiters.map(({ pid, start, end }) => [pid, start, end])).toEqual([
      [named('zoo-lock-first'), 10, 14],
      [named('zoo-lock-aside'), 20, 24],
    ]);
    expect(posix?.waiters[0]?.waiters.map(({ pid }) => pid)).toEqual([named('zoo-lock-behind')]);
    const flock = held.find(({ kind }) => kind === 'flock');
    expect(flock?.waiters.map(({ pid, type }) => [pid, type])).toEqual([[named('zoo-lock-flock'), 'read']]);
  });

  test('every namespace that a process is in', () => {
    const links = Object.entries(fixture.truth.processes)
      .filter(([pid]) => Number(pid) !== fixture.truth.recorder.pid)
      .flatMap(([, { links }]) => links['ns/ipc'] ?? []);
    const ours = ipcOf(fixture.dump).map(({ ns }) => `ipc:[${ns}]`);
    expect(new Set(ours)).toEqual(new Set(links));
    expect(links.length).toBeGreaterThan(50);
  });

  test('/proc/sysvipc', () => {
    const compare = new Comparison();
    for (const kind of KINDS) {
      const path = `/proc/sysvipc/${kind}`;
      if (!isStable(fixture.truth, `system ${path}`)) continue;
      const ours = `${[...sysvipc(initial(), kind)].join('\n')}\n`;
      compare.same(path, ours, textOf(fixture.truth.system[path]));
    }
    compare.finish(3);
  });

  test('what zoo-sysv sent and what is undone when it ends', ({ skip }) => {
    if (!has('zoo-sysv')) return skip('not in this capture');
    const [queue] = initial().msg.filter(({ key }) => key === 0x5a02);
    expect(told(queue?.messages ?? [])).toEqual([[7, 'a message nobody has read'.padEnd(32, '\0')]]);
    const [set] = initial().sem.filter(({ key }) => key === 0x5a01);
    const pid = pidOf('zoo-sysv');
    expect(set?.semaphores.map(({ value, pid }) => [value, pid])).toEqual([
      [3, pid],
      [1, pid],
    ]);
    expect(set?.undo.map(({ pids, adjustments }) => [pids, adjustments])).toEqual([[[pid], [-3, 0]]]);
  });

  test('a message of several pages, and who waits for a semaphore', ({ skip }) => {
    if (!has('zoo-sem-wait')) return skip('not in this capture');
    const [queue] = initial().msg.filter(({ key }) => key === 0x5a03);
    const [message] = queue?.messages ?? [];
    expect([message?.type, message?.contents.bytes]).toEqual([8, 8000]);
    // fill() of the zoo, whose first word is the type.
    const word = (i: bigint) => (0x232n << 48n) ^ (((i * 8n) / 4096n) << 24n) ^ (i * 0x9e3779b1n);
    const sent = BigUint64Array.from({ length: 1000 }, (_, i) => word(BigInt(i + 1)));
    expect(message && Buffer.from(contentsOf(message.contents)).equals(Buffer.from(sent.buffer))).toBe(true);
    const [set] = initial().sem.filter(({ key }) => key === 0x5a01);
    expect(set?.semaphores.map(({ waitingToChange }) => waitingToChange)).toEqual([1, 0]);
  });

  test('what zoo-queues sent, the most urgent first', ({ skip }) => {
    if (!has('zoo-queues')) return skip('not in this capture');
    const [queue] = initial().mqueue;
    expect(queue).toMatchObject({
      name: '/zoo-queue',
      mode: 0o600,
      maxMessages: 5,
      messageBytes: 64,
      bytes: 22,
    });
    expect(told(queue?.messages ?? [])).toEqual([
      [9, 'more urgent'],
      [1, 'less urgent'],
    ]);
  });

  test('ipc shows them', async () => {
    const { stdout } = await runCli(fixture.dump, ['ipc']);
    if (has('zoo-queues')) expect(stdout).toContain('priority 9: 11 bytes "more urgent"');
    expect(stdout.split('\n')[0]).toMatch(/^ipc:\[\d+\]/);
  });
});
