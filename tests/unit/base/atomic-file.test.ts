import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeAtomically, writeFileAtomically } from '../../../src/base/atomic-file.js';
import { SystemError } from '../../../src/base/error.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-atomic-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the file has its name only when it is complete', () => {
  const path = join(dir, 'a');
  writeAtomically(path, (file) => {
    file.write(Buffer.from('one '));
    file.write(Buffer.from('two'));
    expect(file.bytes).toBe(7);
    expect(existsSync(path)).toBe(false);
  });
  expect(readFileSync(path, 'utf8')).toBe('one two');
});

test('a failure leaves what was there, and nothing else', () => {
  const path = join(dir, 'b');
  writeFileSync(path, 'old');
  const failing = () =>
    writeAtomically(path, (file) => {
      file.write(Buffer.from('new'));
      throw new RangeError('half-way');
    });
  expect(failing).toThrow(RangeError);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(dir).filter((name) => name.includes('.part'))).toEqual([]);
});

test('text, and replacing', () => {
  const path = join(dir, 'c');
  writeFileAtomically(path, 'ä');
  writeFileAtomically(path, Uint8Array.of(1, 2));
  expect([...readFileSync(path)]).toEqual([1, 2]);
});

test('a directory that is not there is a SystemError that names the file', () => {
  const path = join(dir, 'no', 'such');
  expect(() => writeFileAtomically(path, 'x')).toThrow(SystemError);
  expect(() => writeFileAtomically(path, 'x')).toThrow(path);
});
