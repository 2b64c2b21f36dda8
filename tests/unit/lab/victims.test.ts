// The self-checking victims, without a resurrection: undisturbed each passes; disturbed in any of the ways that it
// knows, it fails. docs/victims.md is their list.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasProgram } from '../../../src/lab/host.js';
import { guestDir, listFiles } from '../../../src/lab/recipe.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-victims-'));
chmodSync(dir, 0o755); // some of them become another user
const program = join(dir, 'victims');
const sources = listFiles(join(guestDir(), 'victims'))
  .filter((name) => name.endsWith('.c'))
  .map((name) => join(guestDir(), 'victims', name));

const victims = (...args: string[]) =>
  spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: dir, VICTIMS_PYTHON: join(guestDir(), 'victims/python') },
  });

/** What `victims list` prints: families with a title, and in each line a name and what it proves. */
function families(): { title: string; rows: [name: string, proves: string][] }[] {
  return victims('list')
    .stdout.trim()
    .split('\n\n')
    .map((block) => {
      const [title = '', ...lines] = block.split('\n');
      return {
        title: title.slice(0, -1),
        rows: lines.map((line) => [line.slice(0, 16).trim(), line.slice(17)] as [string, string]),
      };
    });
}

const section = ({ title, rows }: ReturnType<typeof families>[number]) =>
  `## ${title}\n\n| name | proves |\n|---|---|\n${rows.map(([name, proves]) => `| \`${name}\` | ${proves} |\n`).join('')}`;

const document = () => `# The self-checking victims

Small programs in C and Python (\`src/lab/guest/victims\`) that each set a state up, wait while the kernel dies and they are resurrected,
then check that state themselves and say PASS, or FAIL and why.

    ow lab run --work victims --after /otherworld/after/victims.sh -o DIR

Those that compute in all registers at once start only by name: a few of them, with some that sleep, are the workload \`computing\`.

\`victims selftest\` runs them without a panic: undisturbed each has to pass; then with one thing after the other
disturbed that it checks, it has to fail.

This list is generated (\`npx vitest run --project unit tests/unit/lab/victims.test.ts -u\`).

${families().map(section).join('\n')}`;

const here = hasProgram('gcc') && process.platform === 'linux' && process.arch === 'x64';

describe.runIf(here)('victims', () => {
  beforeAll(() => {
    const flags = ['-O2', '-g0', '-static', '-pthread', '-Wall', '-Wextra', '-Werror'];
    execFileSync('gcc', [...flags, '-o', program, ...sources], { stdio: 'inherit' });
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('have names that fit a comm, each its own', () => {
    const names = families().flatMap(({ rows }) => rows.map(([name]) => name));
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,14}$/);
  });

  test('are listed in docs/victims.md', async () => {
    await expect(document()).toMatchFileSnapshot('../../../docs/victims.md');
  });

  test('pass undisturbed, and see each disturbance', { timeout: 600_000 }, () => {
    const { status, stdout } = victims('selftest');
    const counts = /(\d+) of (\d+) victims passed, (\d+) disturbances seen, (\d+) faults\n$/.exec(stdout);
    expect(counts, stdout).not.toBeNull();
    const [passed, all, seen, faults] = (counts ?? []).slice(1).map(Number);
    const skipped = stdout.match(/ SKIP /g)?.length ?? 0;
    expect(faults, stdout).toBe(0);
    expect(status).toBe(0);
    expect(passed).toBe((all ?? 0) - skipped);
    expect(seen).toBeGreaterThanOrEqual(passed ?? 0);
  });

  test('of an unknown name are refused', () => {
    const { status, stderr } = victims('run', 'nobody', dir);
    expect(status).toBe(2);
    expect(stderr).toContain("no victim is named 'nobody'");
  });
});
