// The host's part of the conversation, with a made-up executor at the other end of a real socket, and a real dump as RAM.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemError } from '../../../src/base/error.js';
import { explainResurrection } from '../../../src/guard/explain.js';
import { type Guard, type GuardOptions, startGuard } from '../../../src/guard/guard.js';
import { keepRecord } from '../../../src/guard/resurrection.js';
import { decodePlan } from '../../../src/resurrect/abi/decode.js';

const RAM = join(import.meta.dirname, '../../../fixtures/bookworm/capture.lime.lz4');
const dir = mkdtempSync(join(tmpdir(), 'ow-guard-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let server: Server;
let path: string;
let count = 0;

beforeEach(async () => {
  path = join(dir, `port-${count++}`);
  server = createServer();
  server.listen(path);
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
});

/** The guest's end: what it has heard so far. */
class Guest {
  heard = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
    });
    socket.on('error', () => undefined);
  }

  say(...lines: (string | Buffer)[]): void {
    for (const line of lines) this.socket.write(line);
  }

  /** The first line that the host has said. */
  async line(): Promise<string> {
    await expect.poll(() => this.heard.includes(10), { timeout: 60_000 }).toBe(true);
    return this.heard.toString('latin1', 0, this.heard.indexOf(10));
  }

  async plan(): Promise<Buffer> {
    const [, size] = /^plan (\d+)$/.exec(await this.line()) ?? [];
    const start = this.heard.indexOf(10) + 1;
    await expect
      .poll(() => this.heard.length - start, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(Number(size));
    return this.heard.subarray(start, start + Number(size));
  }
}

async function meet(options: Partial<GuardOptions> = {}): Promise<{ guard: Guard; guest: Guest }> {
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const guard = await startGuard({ ram: RAM, socket: path, selectors: ['joe'], ...options });
  const [socket] = await connected;
  return { guard, guest: new Guest(socket) };
}

describe('a guard', () => {
  test('hands a plan over, and keeps what the executor says of it', async () => {
    const stages: string[] = [];
    const { guard, guest } = await meet({ onStage: ({ name }) => stages.push(name) });
    guest.say('stage init 1000000\nhello 1 6.1.0-50-cloud-amd64\n');
    const plan = await guest.plan();
    expect(decodePlan(plan, 'plan').process.map(({ name }) => name)).toContain('joe');
    guest.say(
      'stage resumed 2000000000\n',
      'journal 3\n',
      Buffer.from([1, 2, 3]),
      'say all is well\nafter 0\ndone\n',
    );
    const found = await guard.ended;
    expect(found).toMatchObject({
      outcome: 'resurrected',
      reason: null,
      release: '6.1.0-50-cloud-amd64',
      after: 0,
    });
    expect(found.said).toEqual(['all is well']);
    expect(stages.filter((name) => !name.startsWith('plan'))).toEqual(['init', 'hello', 'resumed']);
    expect(found.stages.find(({ name }) => name === 'resumed')?.guest).toBe(2000);

    keepRecord(join(dir, 'record'), found);
    expect(readFileSync(join(dir, 'record/plan.owplan')).equals(plan)).toBe(true);
    expect([...readFileSync(join(dir, 'record/journal'))]).toEqual([1, 2, 3]);
    const record = JSON.parse(readFileSync(join(dir, 'record/guard.json'), 'utf8'));
    expect(record).toMatchObject({ outcome: 'resurrected', plan: 'plan.owplan', journal: 'journal' });
  }, 120_000);

  test('plans when it is told that the main kernel has left, and is ready at the hello', async () => {
    const { guard, guest } = await meet();
    guard.noticePanic();
    guard.planNow();
    guest.say('hello 1 6.1\n');
    await guest.plan();
    guest.say('done\n');
    const { stages } = await guard.ended;
    expect(stages.map(({ name }) => name)).toEqual(['panic', 'plan made', 'hello', 'plan sent']);
  }, 120_000);

  test('that is silent says nothing, plans nothing, and keeps the plan that the guest made', async () => {
    const { guard, guest } = await meet({ silent: true });
    guard.noticePanic();
    guard.planNow();
    guest.say('hello 1 6.1\n', 'stage planned 5000000000\nplan 4\n', Buffer.from('PLAN'), 'done\n');
    const found = await guard.ended;
    expect(found).toMatchObject({ outcome: 'resurrected', reason: null });
    expect(Buffer.from(found.plan ?? []).toString()).toBe('PLAN');
    expect(guest.heard.length).toBe(0);
    expect(found.stages.map(({ name }) => name)).toEqual(['panic', 'hello', 'planned']);
    // What a guest says of its plan need not be one.
    expect(explainResurrection(found)).toBeNull();
  });

  test('that has no plan hears of the one that the guest made', async () => {
    const { guard, guest } = await meet({ selectors: ['no-such-program'] });
    guest.say('hello 1 6.1\n');
    expect(await guest.line()).toMatch(/^none /);
    guest.say('plan 2\n', 'ab', 'after 0\ndone\n');
    expect(await guard.ended).toMatchObject({ outcome: 'resurrected', reason: null, after: 0 });
  }, 60_000);

  test('keeps the reason of a refusal', async () => {
    const { guard, guest } = await meet();
    guest.say('hello 1 6.1\n');
    await guest.plan();
    guest.say('refused process 3: parent is later\nnone the plan was refused\n');
    expect(await guard.ended).toMatchObject({
      outcome: 'refused',
      reason: 'process 3: parent is later',
      journal: null,
    });
  }, 120_000);

  test('says why there is no plan: memory without a kernel', async () => {
    const ram = join(dir, 'empty.raw');
    writeFileSync(ram, Buffer.alloc(1 << 20));
    const { guard, guest } = await meet({ ram });
    guest.say('hello 1 6.1\n');
    expect(await guest.line()).toMatch(/^none .*kernel/);
    guest.say('none the host has no plan\n');
    const found = await guard.ended;
    expect(found).toMatchObject({ outcome: 'no plan', plan: null });
    expect(found.reason).toMatch(/kernel/);
  });

  test('says why there is no plan: nobody of that name', async () => {
    const { guard, guest } = await meet({ selectors: ['no-such-program'] });
    guest.say('hello 1 6.1\n');
    expect(await guest.line()).toMatch(/^none .*no-such-program/);
    guest.socket.end();
    expect(await guard.ended).toMatchObject({ outcome: 'no plan' });
  }, 60_000);

  test('says so where the RAM file is gone by then', async () => {
    const ram = join(dir, 'gone.raw');
    writeFileSync(ram, Buffer.alloc(1 << 20));
    const { guard, guest } = await meet({ ram });
    rmSync(ram);
    guest.say('hello 1 6.1\n');
    expect(await guest.line()).toMatch(/^none .*gone\.raw: the RAM file is gone/);
    guest.socket.end();
    await guard.ended;
  });

  test('has no plan for an executor of another version', async () => {
    const { guard, guest } = await meet();
    guest.say('hello 2 6.1\n');
    expect(await guest.line()).toBe('none this guard speaks version 1, not 2');
    guest.socket.end();
    expect(await guard.ended).toMatchObject({ outcome: 'lost' });
  });

  test('gives a guest up that falls silent, or closes the port', async () => {
    const silent = await meet({ silenceSeconds: 0.2 });
    silent.guest.say('stage init 1\n');
    expect(await silent.guard.ended).toMatchObject({
      outcome: 'lost',
      reason: 'the guest said nothing for 0.2 s',
    });
    const closed = await meet();
    closed.guest.say('stage init 1\n');
    await expect.poll(() => closed.guest.socket.bytesWritten).toBeGreaterThan(0);
    closed.guest.socket.end();
    expect(await closed.guard.ended).toMatchObject({
      outcome: 'lost',
      reason: 'the machine closed the port',
    });
  });

  test('knows a machine that ended without a panic', async () => {
    const { guard, guest } = await meet();
    guest.socket.end();
    expect(await guard.ended).toMatchObject({ outcome: 'no panic', stages: [] });
  });

  test('breaks off where the guest floods it, and says why', async () => {
    const { guard, guest } = await meet();
    guest.say('journal 9999999999\n');
    const found = await guard.ended;
    expect(found.failure?.message).toContain('9999999999 bytes');
  });

  test('counts what it does not understand, and goes on', async () => {
    const { guard, guest } = await meet();
    guest.say('\0\x01\x02\nstage\nfoo bar\nstage init 5\ndone\n');
    expect(await guard.ended).toMatchObject({ outcome: 'resurrected', unknown: 3 });
  });

  test('is an error without a port, or without RAM, that says how to have them', async () => {
    const nowhere = join(dir, 'nowhere');
    const noPort = await startGuard({ ram: RAM, socket: nowhere }).catch((error: unknown) => error);
    expect(noPort).toBeInstanceOf(SystemError);
    expect((noPort as SystemError).hint).toContain('virtserialport');
    const noRam = await startGuard({ ram: nowhere, socket: path }).catch((error: unknown) => error);
    expect(noRam).toBeInstanceOf(SystemError);
    expect((noRam as SystemError).hint).toContain('memory-backend-file');
    expect(existsSync(nowhere)).toBe(false);
  });

  test('waits for a port that comes later', async () => {
    const later = join(dir, 'later');
    const late = createServer();
    setTimeout(() => late.listen(later), 300);
    late.on('connection', (socket) => socket.end());
    const guard = await startGuard({ ram: RAM, socket: later, connectSeconds: 20 });
    expect(await guard.ended).toMatchObject({ outcome: 'no panic' });
    late.close();
  });
});
