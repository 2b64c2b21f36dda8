// Plans of older versions: one step after another.
import { expect, test } from 'vitest';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import { type Upgrader, upgraded } from '../../src/resurrect/abi/upgrade.js';

/** A file whose version is `version`, and that remembers the steps it went through. */
const file = (version: number, steps: readonly number[] = []): Uint8Array =>
  Uint8Array.of(...Buffer.from('OWPLAN\r\n'), version, 0, 0, 0, ...steps);

const step: Upgrader = (bytes) => file((bytes[8] ?? 0) + 1, [...bytes.slice(12), bytes[8] ?? 0]);
const STEPS = new Map([1, 2, 3].map((version) => [version, step]));

test('each step is taken once, in order', () => {
  expect(upgraded(file(1), 'old', STEPS, 4)).toEqual(file(4, [1, 2, 3]));
  expect(upgraded(file(3), 'old', STEPS, 4)).toEqual(file(4, [3]));
});

test('what is up to date, too new, or too short stays', () => {
  for (const bytes of [file(4), file(9), file(1).slice(0, 11)])
    expect(upgraded(bytes, 'x', STEPS, 4)).toBe(bytes);
});

test('a version that nobody knows is refused', () => {
  expect(() => upgraded(file(0), 'old.owplan', STEPS, 4)).toThrow(PlanFormatError);
  expect(() => upgraded(file(0), 'old.owplan', STEPS, 4)).toThrow('old.owplan: format version 0 is too old');
});

test('a step that leads nowhere is noticed', () => {
  expect(() => upgraded(file(1), 'old', new Map([[1, (bytes) => bytes]]), 2)).toThrow('did not raise it');
});
