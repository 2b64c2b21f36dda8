// Where captures and runs go: whole, or not at all, and never in the place of something else.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkTarget, intoFolder } from '../../../src/lab/output-folder.js';

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ow-output-'));
  out = join(folder, 'out');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (dir: string, name: string, text = name) => writeFileSync(join(dir, name), text);

test('what is there of another kind is not replaced', () => {
  expect(() => checkTarget(out, 'run', 'console.log')).not.toThrow();
  mkdirSync(out);
  expect(() => checkTarget(out, 'run', 'console.log')).not.toThrow();
  write(out, 'letters');
  expect(() => checkTarget(out, 'run', 'console.log')).toThrow('is not empty and holds no run');
  write(out, 'console.log');
  expect(() => checkTarget(out, 'run', 'console.log')).not.toThrow();
});

test('a new one takes the place of an earlier one, with nothing of it', async () => {
  mkdirSync(out);
  write(out, 'old');
  const made = await intoFolder(out, async (dir) => {
    write(dir, 'new');
    expect(existsSync(join(out, 'old'))).toBe(true);
    return 7;
  });
  expect([made, readdirSync(out), readdirSync(folder)]).toEqual([7, ['new'], ['out']]);
});

test('one that failed leaves the earlier one, but for the sake of a file', async () => {
  mkdirSync(out);
  write(out, 'log', 'old');
  const fails = async (dir: string) => {
    write(dir, 'log', 'new');
    throw new Error('it failed');
  };
  await expect(intoFolder(out, fails)).rejects.toThrow('it failed');
  expect([readFileSync(join(out, 'log'), 'utf8'), readdirSync(folder)]).toEqual(['old', ['out']]);
  await expect(intoFolder(out, fails, 'log')).rejects.toThrow('it failed');
  expect([readFileSync(join(out, 'log'), 'utf8'), readdirSync(folder)]).toEqual(['new', ['out']]);
});
