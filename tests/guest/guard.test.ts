// `ow guard` as users have it: a process of its own, beside a virtual machine whose kernel panics. tests/unit/cli/guard.test.ts
// has what needs no machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBuild } from '../../src/lab/build.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { parseSuite } from '../../src/lab/suites.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { type ReadyMachine, readyMachine } from './guard/ready-machine.js';

const root = join(import.meta.dirname, '../..');
const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make', 'qemu-img'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-guard-'));
const out = join(dir, 'record');
const isOutput = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schema/outputs.json'), 'utf8')),
);
const VI = 'vi';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onLine` hears each line as it comes. */
async function ow(argv: readonly string[], onLine: (line: string) => void = () => {}): Promise<Ended> {
  const program = ['--import', 'tsx', join(root, 'src/cli/ow.ts'), ...argv];
  const child = spawn(process.execPath, program, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let [stdout, stderr, told] = ['', '', 0];
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const lines = stdout.split('\n').slice(0, -1);
    for (const line of lines.slice(told)) onLine(line);
    told = lines.length;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  process.removeListener('exit', kill);
  return { code, stdout, stderr };
}

/** The module is for 6.1 and later. */
describe.runIf(possible && suite !== 'bullseye')(`ow guard beside a machine with ${suite}`, () => {
  let machine: ReadyMachine;
  let guard: Ended;
  let lines: { schema: string; [key: string]: unknown }[];

  beforeAll(async () => {
    machine = await readyMachine(suite, 'ow.wait=60');
    const argv = ['guard', '--ram', machine.ram, '--socket', machine.socket, '--connect', '10'];
    const told: Promise<void>[] = [];
    guard = await ow([...argv, '--select', VI, '-o', out, '--once', '--json'], (line) => {
      process.stderr.write(`${line}\n`);
      if (line.includes('"watching"')) told.push(machine.go());
      if (line.includes('"armed"')) told.push(machine.strike());
    });
    await Promise.all(told);
    lines = guard.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  });
  afterAll(async () => {
    await machine?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('ends with exit code 0, and nothing on stderr', () => {
    expect([guard.code, guard.stderr]).toEqual([0, '']);
    // The kernel that it was beside says nothing more; the next one's first words follow.
    expect(machine.console().split('Linux version ')[1]).toContain('ow.resurrect=1');
  });

  test('prints what its schema says, each stage as it comes', () => {
    for (const line of lines)
      expect(isOutput(line), JSON.stringify([line, isOutput.errors?.at(-1)])).toBe(true);
    const stages = lines
      .filter(({ schema }) => schema === 'otherworld/guard-stage/1')
      .map(({ name }) => name);
    expect(stages).toEqual(
      expect.arrayContaining(['panic', 'plan made', 'hello', 'plan sent', 'root', 'resumed']),
    );
    expect(stages.indexOf('panic')).toBe(0);
    const states = lines
      .filter(({ schema }) => schema === 'otherworld/guard-state/1')
      .map(({ state }) => state);
    expect(states).toEqual(expect.arrayContaining(['watching', 'armed']));
  });

  test('says of each process what came of it', () => {
    const end = lines.at(-1);
    expect(end).toMatchObject({
      ...{ schema: 'otherworld/guard-end/1', outcome: 'resurrected', reason: null, unknown: 0, dir: out },
      release: machine.release,
    });
    const processes = end?.['processes'] as { name: string; outcome: string }[];
    expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining(['tmux: server', VI]));
    expect(processes.filter(({ outcome }) => outcome !== 'runs')).toEqual([]);
  });

  test('keeps plan, journal and record, which other commands read', async () => {
    expect(readdirSync(out).sort()).toEqual(['guard.json', 'journal', 'plan.owplan']);
    const record = JSON.parse(readFileSync(join(out, 'guard.json'), 'utf8'));
    expect(isOutput(record), JSON.stringify(isOutput.errors?.at(-1))).toBe(true);
    expect(record).toMatchObject({ outcome: 'resurrected', plan: 'plan.owplan', journal: 'journal' });
    const plan = join(out, 'plan.owplan');
    expect(decodePlan(readFileSync(plan), plan).process.map(({ name }) => name)).toContain(VI);
    const journal = await ow(['plan', 'journal', plan, join(out, 'journal')]);
    expect([journal.code, journal.stderr]).toEqual([0, '']);
    expect(journal.stdout).toMatch(/vi .*runs|runs.* vi/);
  });
});
