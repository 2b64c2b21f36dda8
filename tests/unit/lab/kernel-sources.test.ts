import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copySources, kernelDir, sourcesOf } from '../../../src/lab/kernel-sources.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-sources-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const from = join(dir, 'from');

function write(name: string, text: string): void {
  mkdirSync(join(from, name, '..'), { recursive: true });
  writeFileSync(join(from, name), text);
}

test('sources are C, headers and makefiles, not what was made of them', () => {
  for (const name of [
    'module/a.c',
    'module/a.o',
    'module/a.mod.c',
    'module/Kbuild',
    'module/a.ko',
    'plan/b.h',
  ])
    write(name, name);
  write('elsewhere/c.c', 'c');
  const sources = sourcesOf(['module', 'plan', 'missing'], from);
  expect(sources.files).toEqual(['module/Kbuild', 'module/a.c', 'plan/b.h']);
  const before = sources.digest;
  write('module/a.o', 'compiled again');
  expect(sourcesOf(['module', 'plan', 'missing'], from).digest).toBe(before);
  write('plan/b.h', 'changed');
  expect(sourcesOf(['module', 'plan', 'missing'], from).digest).not.toBe(before);
});

test('a copy has what changed, and not what is gone; make need not look at the rest', () => {
  const to = join(dir, 'to');
  write('module/gone.c', 'x');
  copySources(sourcesOf(['module', 'plan'], from), to);
  const old = new Date(1_000_000_000_000);
  for (const name of ['module/a.c', 'plan/b.h']) utimesSync(join(to, name), old, old);
  writeFileSync(join(to, 'module/a.o'), 'compiled');
  write('plan/b.h', 'changed again');
  rmSync(join(from, 'module/gone.c'));
  copySources(sourcesOf(['module', 'plan'], from), to);
  expect(statSync(join(to, 'module/a.c')).mtimeMs).toBe(old.getTime());
  expect(statSync(join(to, 'plan/b.h')).mtimeMs).not.toBe(old.getTime());
  expect(readFileSync(join(to, 'plan/b.h'), 'utf8')).toBe('changed again');
  expect(existsSync(join(to, 'module/gone.c'))).toBe(false);
  expect(existsSync(join(to, 'module/a.o'))).toBe(true);
});

test('the project has them', () => {
  const { files } = sourcesOf(['module', 'plan', 'uapi', 'resurrect', 'arm'], kernelDir());
  expect(files).toEqual(expect.arrayContaining(['module/main.c', 'plan/plan_validate.c', 'arm/arm.c']));
});
