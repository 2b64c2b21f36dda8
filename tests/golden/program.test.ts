// The program itself, as a child: its exit codes (docs/exit-codes.md), errors, pipes, colours.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURES, fixturePath } from './fixtures.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PROGRAM = ['--import', 'tsx', join(root, 'src/cli/ow-inspect.ts')];

let folder: string;
let dump: string;
let env: NodeJS.ProcessEnv;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ow-program-'));
  dump = fixturePath(FIXTURES[0] as string);
  env = { ...process.env, XDG_CACHE_HOME: folder, NO_COLOR: undefined, OW_DEBUG: undefined };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...PROGRAM, ...argv], {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('exit codes', () => {
  test('0: shown', () => {
    expect(run(dump, 'sym', 'init_task')).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: expect.stringMatching(/^0xffffffff[0-9a-f]{8} init_task\n$/),
    });
  });

  test('1: not in this dump', () => {
    expect(run(dump, 'ps', 'nobody')).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: 'ow: no process named nobody in this dump\n    List them with the section ps.\n',
    });
  });

  test.runIf(process.platform === 'linux')('1: nor anybody of a name that is no UTF-8', () => {
    // A shell, for Node.js gives its children UTF-8 only.
    const script = `exec "$0" "$@" "$(printf 'a\\377\\303\\251\\303')"`;
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, ...PROGRAM, dump, 'ps'], {
      ...{ cwd: root, env, encoding: 'utf8' },
    });
    expect(stderr).toMatch(/^ow: no process named a\\xffé\\xc3 in this dump\n/);
    expect(status).toBe(1);
  });

  test('2: wrong usage, as JSON where JSON was asked for', () => {
    const { status, stdout, stderr } = run(dump, '--json', 'nosuch');
    expect([status, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      schema: 'otherworld/error/1',
      error: { exitCode: 2, message: 'no section named nosuch' },
    });
  });

  test('3: no dump', () => {
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'this is no dump\n'.repeat(1000));
    const { status, stderr } = run(text);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^ow: .*notes\.txt: .*\n {4}./);
  });

  test('4: no such file', () => {
    const { status, stderr } = run(join(folder, 'missing.raw'));
    expect([status, stderr]).toEqual([4, expect.stringContaining('missing.raw: no such file')]);
  });

  test('5: shown in part', () => {
    // The page below the code that is mapped is not.
    const { status, stdout } = run(dump, 'read', '3ff000', '8192', '--pid', 'zoo-threads');
    expect(status).toBe(5);
    expect(stdout).toContain('00400000  7f 45 4c 46');
    expect(stdout).toMatch(/^0x3ff000: 1 page not in memory \(not mapped\); shown as zeroes$/m);
  });
});

describe('the output', () => {
  test('a reader that goes away ends it quietly', async () => {
    const child = spawn(process.execPath, [...PROGRAM, dump, 'sym', '--list'], { cwd: root, env });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });

  test.runIf(process.platform === 'linux')('a full disk is told, with exit code 4', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [...PROGRAM, dump, 'dmesg'], {
      ...{ cwd: root, env, encoding: 'utf8' },
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect([status, stderr]).toEqual([4, expect.stringContaining('ow: cannot write the output: ')]);
  });

  test('no colour in a pipe, unless asked for', () => {
    expect(run(dump, 'tree', '1').stdout).not.toContain('\x1b');
    expect(run(dump, 'tree', '1', '--color', 'always').stdout).toContain('\x1b[36minit\x1b[39m 1');
  });

  test('read --output writes the bytes', () => {
    const out = join(folder, 'banner.bin');
    const { status, stdout } = run(dump, 'read', 'linux_banner', '16', '-o', out);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^16 bytes from 0xf+[0-9a-f]+ written to /)]);
  });
});
