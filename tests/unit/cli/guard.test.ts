// `ow guard` as a process of its own, with a made-up guest at the other end of its port: what it prints, its exit codes,
// its files, its end by a signal.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const PROGRAM = ['--import', 'tsx', join(root, 'src/cli/ow.ts'), 'guard'];
const dir = mkdtempSync(join(tmpdir(), 'ow-guard-cli-'));
const RAM = join(dir, 'ram');
writeFileSync(RAM, Buffer.alloc(1 << 20));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const isOutput = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schema/outputs.json'), 'utf8')),
);

/** The guest's end of the port. */
let server: Server;
let path: string;
let out: string;
let count = 0;
const sockets: Socket[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  [path, out] = [join(dir, `port-${count}`), join(dir, `records-${count}`)];
  count++;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  server.listen(path);
  await once(server, 'listening');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

class GuardProcess {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(...argv: string[]) {
    const child = spawn(process.execPath, [...PROGRAM, '--ram', RAM, '--socket', path, ...argv], {
      cwd: root,
    });
    this.child = child;
    children.push(child);
    child.stdout.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async says(text: string): Promise<void> {
    await expect.poll(() => this.stdout, { timeout: 60_000 }).toContain(text);
  }

  /** Every line, held to the schema. */
  get lines(): Record<string, unknown>[] {
    const lines = this.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const line of lines)
      expect(isOutput(line), JSON.stringify([line, isOutput.errors?.at(-1)])).toBe(true);
    return lines;
  }
}

/** The nth connection of guards. */
async function connection(n: number): Promise<Socket> {
  await expect.poll(() => sockets.length, { timeout: 60_000 }).toBeGreaterThan(n);
  return sockets[n] as Socket;
}

const recordIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'guard.json'), 'utf8'));

test('a machine that ends without a panic: exit code 0', async () => {
  const guard = new GuardProcess('--json', '-o', out);
  await guard.says('unarmed');
  (await connection(0)).end();
  server.close();
  expect(await guard.ended).toBe(0);
  expect(guard.lines).toEqual(
    ['watching', 'unarmed', 'ended'].map((state) => ({ schema: 'otherworld/guard-state/1', state })),
  );
  expect(guard.stderr).toBe('');
  expect(readdirSync(out)).toEqual([]);
});

test('one panic after the other: a folder each, also of a guard that was started again', async () => {
  const conversation = async (n: number) => {
    const socket = await connection(n);
    socket.write('hello 1 6.1.0-test\n');
    const [heard] = (await once(socket, 'data')) as [Buffer];
    expect(heard.toString()).toMatch(/^none .*no Linux kernel/);
    socket.write('none the host has no plan\n');
  };
  const first = new GuardProcess('-o', out);
  await conversation(0);
  await conversation(1);
  await connection(2);
  first.kill('SIGTERM');
  expect(await first.ended).toBe(7);
  expect(first.stdout.match(/^kept in .*$/gm)).toEqual([`kept in ${out}/1`, `kept in ${out}/2`]);
  expect(first.stdout).toMatch(/\nstopped\n$/);
  const second = new GuardProcess('-o', out, '--json');
  await conversation(3);
  await connection(4);
  server.close();
  for (const socket of sockets) socket.end();
  expect(await second.ended).toBe(7);
  expect(readdirSync(out)).toEqual(['1', '2', '3']);
  for (const number of ['1', '2', '3']) {
    expect(readdirSync(join(out, number))).toEqual(['guard.json']);
    const record = recordIn(join(out, number));
    expect(isOutput(record), JSON.stringify(isOutput.errors?.at(-1))).toBe(true);
    expect(record).toMatchObject({ outcome: 'no plan', release: '6.1.0-test', plan: null, journal: null });
  }
  const end = second.lines.find(({ schema }) => schema === 'otherworld/guard-end/1');
  expect(end).toMatchObject({ outcome: 'no plan', dir: join(out, '3'), processes: null });
  expect(second.lines.at(-1)).toMatchObject({ state: 'ended' });
});

describe('a signal', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends a guard that waits', async (signal) => {
    const guard = new GuardProcess('--json', '-o', out);
    await guard.says('watching');
    guard.kill(signal);
    expect(await guard.ended).toBe(0);
    expect(guard.lines.at(-1)).toEqual({ schema: 'otherworld/guard-state/1', state: 'stopped' });
    expect(readdirSync(out)).toEqual([]);
  });

  test('ends one that waits for the port to appear', async () => {
    const later = join(dir, 'later');
    const guard = new GuardProcess('--socket', later, '--connect', '600', '-o', out);
    await expect.poll(() => existsSync(out), { timeout: 60_000 }).toBe(true);
    guard.kill('SIGTERM');
    expect(await guard.ended).toBe(0);
    expect(guard.stdout).toBe('stopped\n');
  });

  test('in the middle of a resurrection: the record is whole, and says so', async () => {
    const guard = new GuardProcess('--once', '-o', out);
    (await connection(0)).write('stage init 1000000\njournal 100\nhalf of it');
    await guard.says('init');
    guard.kill('SIGINT');
    expect(await guard.ended).toBe(7);
    expect(guard.stdout).toContain('lost: the guard was stopped (SIGINT)\n');
    expect(readdirSync(out)).toEqual(['guard.json']);
    expect(recordIn(out)).toMatchObject({
      outcome: 'lost',
      reason: 'the guard was stopped (SIGINT)',
      journal: null,
    });
  });
});

describe('a hostile guest', () => {
  test('cannot fill memory or drive the terminal; what there is of the conversation is kept', async () => {
    const guard = new GuardProcess('--once', '-o', out);
    const socket = await connection(0);
    socket.write('stage \x1b[31mred 5\nsay \x1b]0;title\x07\x9b2J\n\x00\xff\x7f\nafter x\n');
    socket.write(`say ${'x'.repeat(60_000)}\n`.repeat(3));
    socket.write('a'.repeat(70_000));
    expect(await guard.ended).toBe(3);
    expect(guard.stderr).toContain('a line of more than 65536 bytes');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    expect(guard.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(guard.stdout).toContain('\\x1b[31mred');
    expect(recordIn(out)).toMatchObject({ outcome: 'lost', unknown: 2 });
  });

  test('is heard for so many lines, and not for ever', async () => {
    const guard = new GuardProcess('--once', '--json', '--silence', '1', '-o', out);
    const socket = await connection(0);
    socket.write('say a\n'.repeat(2500) + 'stage b 1\n'.repeat(2500) + 'hello 1 a\n'.repeat(100));
    expect(await guard.ended).toBe(7);
    const { said, stages, unknown, reason } = recordIn(out);
    expect(said.length).toBe(1000);
    expect(stages.length).toBeLessThan(210);
    expect(unknown).toBe(1500 + 2300 + 99);
    expect(reason).toMatch(/no Linux kernel|said nothing/);
    expect(guard.lines.length).toBeLessThan(1300);
  });
});

describe('is refused', () => {
  const run = (...argv: string[]) =>
    spawnSync(process.execPath, [...PROGRAM, ...argv], { cwd: root, encoding: 'utf8', timeout: 60_000 });

  test('without the port, or without the RAM file: exit code 4, and how to have them', () => {
    const nowhere = join(dir, 'nowhere');
    const noPort = run('--ram', RAM, '--socket', nowhere, '--json');
    expect([noPort.status, noPort.stdout]).toEqual([4, '']);
    const told = JSON.parse(noPort.stderr);
    expect(isOutput(told)).toBe(true);
    expect(told.error.message).toBe(`${nowhere}: there is no such socket`);
    const noRam = run('--ram', nowhere, '--socket', path);
    expect([noRam.status, noRam.stdout]).toEqual([4, '']);
    expect(noRam.stderr).toContain('memory-backend-file');
  });

  test('with options that would fail only after a panic', () => {
    mkdirSync(out);
    writeFileSync(join(out, 'guard.json'), '{}');
    const base = ['--ram', RAM, '--socket', path];
    const old = run(...base, '--once', '-o', out);
    expect([old.status, old.stderr]).toEqual([2, expect.stringContaining('earlier resurrection')]);
    expect(run(...base, '--silence', 'soon').status).toBe(2);
    const file = run(...base, '-o', RAM);
    expect([file.status, file.stderr]).toEqual([4, expect.stringContaining(RAM)]);
  });

  test('without its options; --help tells them all', () => {
    expect(run().status).toBe(2);
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const word of ['--ram', '--socket', '--select', '--output', '--once', '--connect', '--silence'])
      expect(stdout).toContain(word);
    for (const word of ['--no-digests', '--json', 'Exit codes', 'virtserialport', 'docs/guard.md'])
      expect(stdout).toContain(word);
  });
});
