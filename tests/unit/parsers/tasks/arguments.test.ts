import { describe, expect, test } from 'vitest';
import { UserMemory } from '../../../../src/parsers/mm/user-memory.js';
import { commandLine, environment } from '../../../../src/parsers/tasks/arguments.js';
import { MadeMm, PAGE_BYTES, vma } from '../mm/made-mm.js';

const STACK = 0x7ffc_0000_0000;

/** A process whose stack page begins with these bytes: arguments up to `argEnd`, then the environment. */
function memory(bytes: string, argEnd: number, envEnd = bytes.length, anonymous = true): UserMemory {
  const made = new MadeMm();
  const page = made.alloc(PAGE_BYTES, PAGE_BYTES);
  made.text(page, bytes);
  made.map(STACK, made.phys(page) / PAGE_BYTES);
  const mm = {
    ...made.mm(),
    argStart: STACK,
    argEnd: STACK + argEnd,
    envStart: STACK + argEnd,
    envEnd: STACK + envEnd,
  };
  return new UserMemory(made.kernel(), mm, [vma(STACK, 1, { anonymous })]);
}
const told = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('cmdline', () => {
  test('is the arguments, each with its NUL', () => {
    expect(told(commandLine(memory('sleep\x00100\x00A=b\x00', 10)))).toBe('sleep\x00100\x00');
  });

  test('keeps empty arguments', () => {
    expect(told(commandLine(memory('a\0\0\0X=\0', 4)))).toBe('a\0\0\0');
  });

  test('is one string where the process wrote over their end, on into its environment', () => {
    expect(told(commandLine(memory('server: client 10.0.0.1\0B=c\0', 10)))).toBe('server: client 10.0.0.1\0');
  });

  test('is one shorter string too, if only the last byte is not NUL', () => {
    expect(told(commandLine(memory('ab\0defghij\0', 10)))).toBe('ab\0');
  });

  test('without a NUL anywhere ends with the page', () => {
    expect(commandLine(memory('x'.repeat(PAGE_BYTES), 10)).length).toBe(PAGE_BYTES);
  });

  test('is empty where there is none, or where a file was mapped over it', () => {
    expect(commandLine(memory('abc\0', 0)).length).toBe(0);
    expect(commandLine(memory('abc\0', 4, 4, false)).length).toBe(0);
  });
});

test('environ is what lies between its marks', () => {
  expect(told(environment(memory('a\0B=c\0D=\0', 2)))).toBe('B=c\0D=\0');
  expect(environment(memory('a\0', 2)).length).toBe(0);
});
