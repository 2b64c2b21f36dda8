// The package as its users get it: the files that are packed, the typed library, the programs. Needs dist/ (npm ci
// builds it).
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const FIXTURE = join(root, 'fixtures/bookworm/capture.lime.lz4');

const PROGRAM = `
import { type Dump, openDump, type Task, type Vma } from 'otherworld';
const dump: Dump = openDump(${JSON.stringify(FIXTURE)}, { noCache: true });
const vi: Task | undefined = dump.tasks.find((task) => task.comm === 'vi');
if (vi === undefined) throw new Error('no vi');
const vmas: readonly Vma[] = dump.vmas(vi);
dump.close();
export const found: string = vmas.map((vma) => vma.name).join(' ');
`;

describe('package', () => {
  let user: string;
  beforeAll(() => {
    user = mkdtempSync(join(tmpdir(), 'otherworld-user-'));
    mkdirSync(join(user, 'node_modules'));
    symlinkSync(root, join(user, 'node_modules/otherworld'));
    writeFileSync(join(user, 'package.json'), '{"type":"module"}');
    writeFileSync(join(user, 'use.ts'), PROGRAM);
  });
  afterAll(() => rmSync(user, { recursive: true, force: true }));

  test('packs the programs, the library, the licences and the data, and no sources', () => {
    const report = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const parsed = JSON.parse(report);
    const [packed] = Array.isArray(parsed) ? parsed : Object.values(parsed);
    const names = (packed as { files: { path: string }[] }).files.map(({ path }) => path);
    for (const name of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/ow.js', 'dist/cli/ow-inspect.js']) {
      expect(names).toContain(name);
    }
    for (const name of [
      'LICENSE',
      'LICENSES/GPL-2.0-only.txt',
      'symbols/README.md',
      'dist/lab/guest/init.c',
      'kernel/module/Kbuild',
      'kernel/resurrect/Makefile',
      'kernel/uapi/restore_plan.h',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.filter((name) => /^(src|tests|fixtures|bench)\//.test(name))).toEqual([]);
  });

  test('needs no package at run time but those that it names', () => {
    const alone = join(user, 'alone/node_modules');
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    cpSync(join(root, 'dist'), join(alone, 'otherworld/dist'), { recursive: true });
    for (const name of Object.keys(dependencies)) {
      symlinkSync(join(root, 'node_modules', name), join(alone, name));
    }
    const [ow, at] = [join(alone, 'otherworld/dist/cli/ow.js'), join(root, 'dist/cli/ow.js')];
    const ps = (program: string) =>
      execFileSync(process.execPath, [program, 'inspect', FIXTURE, 'ps', '-u', '--no-cache'], {
        encoding: 'utf8',
      });
    expect(ps(ow)).toBe(ps(at));
    const library = pathToFileURL(join(alone, 'otherworld/dist/index.js')).href;
    const script = `import(${JSON.stringify(library)}).then(({ openDump }) => console.log(typeof openDump))`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('function\n');
  });

  test('is a typed library', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022'];
    execFileSync(process.execPath, [tsc, ...flags, 'use.ts'], { cwd: user, stdio: 'pipe' });
    const script = "import('./use.js').then(({ found }) => console.log(found))";
    const printed = execFileSync(process.execPath, ['-e', script], { cwd: user, encoding: 'utf8' });
    expect(printed).toContain('/usr/bin/vim.tiny');
    expect(printed).toContain('[stack]');
  });

  test('has both programs', () => {
    const run = (bin: string, ...args: string[]) =>
      execFileSync(process.execPath, [join(root, 'dist/cli', bin), ...args], { encoding: 'utf8' });
    expect(run('ow.js', '--version')).toBe(run('ow-inspect.js', '--version'));
    expect(run('ow.js', 'inspect', FIXTURE, 'ps', '-u')).toBe(run('ow-inspect.js', FIXTURE, 'ps', '-u'));
  });
});
