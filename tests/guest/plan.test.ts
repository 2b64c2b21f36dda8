// Plans of the fresh capture, by the program as a user runs it: built with digests, checked against the dump, simulated with
// the swap device, and the core files opened by gdb with the guest's own program, compiled once more with debug information.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const captures = process.env['OW_CAPTURES'] as string;
const hasGdb = spawnSync('gdb', ['--version']).status === 0;
interface Simulated {
  readonly name: string;
  readonly outcome: string;
}

/** `ow plan check`: sound, with warnings. */
const WARNINGS = 6;

describe.each(readdirSync(captures))('%s', (suite) => {
  const folder = join(captures, suite);
  const dump = join(folder, 'dump.raw');
  const swap = join(folder, 'swap.raw');
  const scratch = mkdtempSync(join(tmpdir(), 'otherworld-plan-'));
  const plan = join(scratch, 'all.owplan');
  const cores = join(scratch, 'cores');
  beforeAll(() => {
    expect(ow('build', dump, '-o', plan, '--digests').status).toBe(0);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function ow(...words: string[]) {
    const program = [join(root, 'dist/cli/ow.js'), 'plan', ...words];
    return spawnSync(process.execPath, program, { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  test('is sound, digests and struct pages too', () => {
    const { status, stdout } = ow('check', plan, '--dump', dump, '--json');
    const { errors, findings } = JSON.parse(stdout).data;
    expect([errors, findings.filter(({ severity }: { severity: string }) => severity === 'error')]).toEqual([
      0,
      [],
    ]);
    expect([0, WARNINGS]).toContain(status);
  });

  test('does not differ from another of the same dump, and holds against it', () => {
    const other = join(scratch, 'other.owplan');
    expect(ow('build', dump, '-o', other, '--digests').status).toBe(0);
    expect(ow('diff', plan, other)).toMatchObject({ status: 0, stdout: '' });
    const { status, stdout } = ow('verify', plan, '--after', dump, '--json');
    const outcomes = JSON.parse(stdout).data.processes.map(({ outcome }: { outcome: string }) => outcome);
    expect([status, new Set(outcomes)]).toEqual([0, new Set(['as planned'])]);
  });

  test('is carried out whole', () => {
    const swapped = existsSync(swap) ? ['--swap', swap] : [];
    const { status, stdout } = ow('simulate', plan, '--dump', dump, '-o', cores, ...swapped, '--json');
    const { steps, processes } = JSON.parse(stdout).data;
    expect(steps.filter(({ outcome }: { outcome: string }) => outcome !== 'done')).toEqual([]);
    // What a security module confined is refused.
    const others = processes.filter(({ outcome }: Simulated) => outcome !== 'runs');
    const isConfined = (name: string) => /^zoo-(aa-|landlock)/.test(name);
    expect(
      others.filter(({ name, outcome }: Simulated) => !isConfined(name) || outcome !== 'not planned'),
    ).toEqual([]);
    expect(status).toBe(0);
  });

  describe.runIf(hasGdb)('in gdb, with the program', () => {
    /** As the lab compiles it (src/lab/build.ts): debug information does not change the code. */
    function compiled(): string {
      const zoo = join(scratch, 'zoo');
      const sources = join(root, 'src/lab/guest/zoo');
      const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
      const flags = ['-O2', '-g', '-static', '-pthread', '-o', zoo];
      execFileSync('gcc', [...flags, ...files.map((name) => join(sources, name))]);
      return zoo;
    }

    test('stacks of zoo-threads reach main and start_thread, and its variables have their values', () => {
      const listed = JSON.parse(ow('show', plan, '--json').stdout);
      const { pid } = listed.process.find(({ name }: { name: string }) => name === 'zoo-threads');
      const commands = [
        'thread apply all bt',
        'thread apply all -q -s frame apply all -q -s p long_time.tv_sec',
        'p mutex.__data.__lock',
        'p mutex.__data.__owner',
      ];
      const told = execFileSync(
        'gdb',
        [
          '-batch',
          '-nx',
          ...commands.flatMap((each) => ['-ex', each]),
          compiled(),
          join(cores, `core.${pid}`),
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      const stacks = told.split(/^Thread \d+ /m).slice(1);
      expect(stacks.length).toBeGreaterThan(4);
      for (const stack of stacks) expect(stack).toMatch(/\b(main|start_thread) \(/);
      for (const name of ['in_futex', 'in_read', 'in_mutex', 'in_nanosleep']) {
        expect(told).toMatch(new RegExp(`${name} \\(.*\\) at .*tasks\\.c:\\d+`));
      }
      // A local of in_nanosleep; the mutex that the leader holds, and another waits for.
      expect(told).toMatch(/^\$1 = 1000000$/m);
      expect(told).toMatch(/^\$2 = 2$/m);
      expect(told).toContain(`\n$3 = ${pid}\n`);
    });
  });
});
