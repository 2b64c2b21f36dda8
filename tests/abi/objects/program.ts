// The executor's operations on objects (kernel/resurrect/), built as kernel/tests/objects_test.c, and what it prints.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { camel } from '../../../src/resurrect/abi/names.js';
import { OP_NAME } from '../../../src/resurrect/abi/records/steps.js';
import { canBuild } from '../validator.js';
import type { PlanMaker } from './plan-maker.js';

const TESTS = join(dirname(fileURLToPath(import.meta.url)), '../../../kernel/tests');
const IN_A_WORLD = ['-m', '-p', '-i', '-n', '-f', 'sh', '-c'];
const MOUNTS =
  'mount -t proc proc /proc && mount -t devpts devpts /dev/pts && test -w /proc/sys/kernel/shm_next_id';

/** Whether this is root, who may make namespaces and mount in them, with a compiler. */
export function canRun(): boolean {
  if (process.getuid?.() !== 0 || !canBuild()) return false;
  return spawnSync('unshare', [...IN_A_WORLD, MOUNTS], { stdio: 'ignore' }).status === 0;
}

export interface StepResult {
  readonly op: string;
  readonly object: number;
  /** 0, or minus an errno. */
  readonly error: number;
  readonly child: number;
}

/** What is told of an object: values by name, in the order of telling. */
export class Facts {
  constructor(private readonly pairs: readonly (readonly [string, string])[]) {}

  all(name: string): string[] {
    return this.pairs.filter(([key]) => key === name).map(([, value]) => value);
  }

  get(name: string): string | undefined {
    return this.all(name)[0];
  }

  /** Bytes, as text. */
  texts(name: string): string[] {
    return this.all(name).map((hex) => Buffer.from(hex, 'hex').toString('latin1'));
  }

  text(name: string): string | undefined {
    return this.texts(name)[0];
  }
}

export interface Outcome {
  readonly steps: readonly StepResult[];
  readonly failed: readonly StepResult[];
  /** Of open files, by their index in the plan. */
  readonly files: ReadonlyMap<number, Facts>;
  /** Of System V objects: `shm 0`. */
  readonly ipc: ReadonlyMap<string, Facts>;
  /** Descriptors that a failed step left open, and that all left open in the end. */
  readonly left: readonly string[];
  readonly said: readonly string[];
  /** Of what processes do themselves: `lock 0`, `undo 3`, `asked 0`. */
  readonly own: ReadonlyMap<string, Facts>;
  /** Of masters of ptys: whether the other side is `open` or `closed`, by the file. */
  readonly ends: ReadonlyMap<number, string>;
}

export class ObjectsProgram {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'ow-objects-')));

  constructor() {
    const target = join(this.folder, 'objects-test');
    execFileSync('make', ['-s', '-C', TESTS, '-f', 'objects.mk', `O=${this.folder}`, target], {
      stdio: 'pipe',
    });
    mkdirSync(this.disk);
  }

  /** A folder that stands for the disk that survived. */
  get disk(): string {
    return join(this.folder, 'disk');
  }

  onDisk(): string[] {
    return readdirSync(this.disk).sort();
  }

  run(maker: PlanMaker, fault = ''): Outcome {
    const [plan, memory] = [join(this.folder, 'plan'), join(this.folder, 'memory')];
    writeFileSync(plan, maker.plan());
    writeFileSync(memory, maker.memory());
    const { status, stdout, stderr } = spawnSync(join(this.folder, 'objects-test'), [plan, memory, fault], {
      encoding: 'latin1',
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
      maxBuffer: 64 << 20,
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`objects-test ended with ${status}: ${stderr || stdout.slice(-500)}`);
    return parse(stdout.split('\n'));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function parse(lines: readonly string[]): Outcome {
  const words = lines.map((line) => line.split(' '));
  const steps = words.filter(([word]) => word === 'step').map(stepOf);
  const facts = (rest: readonly string[]) =>
    new Facts(
      rest.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
    );
  const files = words.filter(([word]) => word === 'file');
  const named = (...kinds: readonly string[]) =>
    new Map(
      words
        .filter(([word]) => kinds.includes(word ?? ''))
        .map(([kind, id, ...rest]) => [`${kind} ${id}`, facts(rest)]),
    );
  return {
    steps,
    failed: steps.filter(({ error }) => error !== 0),
    files: new Map(files.map(([, index, ...rest]) => [Number(index), facts(rest)])),
    ipc: named('shm', 'sem', 'msg'),
    own: named('lock', 'undo', 'asked'),
    left: lines.filter((line) => /^(left |descriptors left (?!0$))/.test(line)),
    said: lines.filter((line) => line.startsWith('say ')),
    ends: new Map(
      words.filter(([word]) => word === 'end').map(([, , file, end]) => [Number(file), end ?? '']),
    ),
  };
}

function stepOf([, op, object, error, child]: readonly string[]): StepResult {
  const [number = 0, ...rest] = [op, object, error, child].map(Number);
  const [index = 0, result = 0, about = -1] = rest;
  return { op: camel(OP_NAME[number] ?? ''), object: index, error: result, child: about };
}
