import { describe, expect, test } from 'vitest';
import { readUserBacktrace } from '../../../../../src/parsers/threads/user/user-backtrace.js';
import type { UserRegisters } from '../../../../../src/snapshot/thread.js';
import { at, CODE, firstPage, type MadeFunction, program, STACK } from './made-program.js';

/** leaf: nothing pushed. middle: 16 bytes pushed. first: nothing called it. */
const LEAF: MadeFunction = { start: 0x10, length: 0x10, instructions: [] };
const MIDDLE: MadeFunction = { start: 0x20, length: 0x20, instructions: [0x0e, 24] };
const FIRST: MadeFunction = { start: 0x40, length: 0x10, instructions: [0x07, 16] };
const FUNCTIONS = [LEAF, MIDDLE, FIRST];
const PAGE = firstPage(FUNCTIONS, true);

function trace(memory: ReturnType<typeof program>, registers: UserRegisters): string[] {
  const { frames, complete } = readUserBacktrace(memory.kernel, memory, registers);
  const lines = frames.map(
    ({ address, sp, by }) => `+0x${(Number(address) - CODE).toString(16)} ${Number(sp) - STACK} ${by}`,
  );
  return [...lines, complete ? 'complete' : 'incomplete'];
}

test('by the sorted table, to the function that nothing called', () => {
  const memory = program(PAGE, [CODE + 0x28, 1, 2, CODE + 0x44]);
  expect(trace(memory, at(0x12, 0))).toEqual([
    ...['+0x12 0 registers', '+0x28 8 eh_frame', '+0x44 32 eh_frame', 'complete'],
  ]);
});

test('a return address behind the last instruction of a function belongs to it', () => {
  const memory = program(PAGE, [CODE + 0x40, 1, 2, CODE + 0x44]);
  expect(trace(memory, at(0x12, 0))).toEqual([
    ...['+0x12 0 registers', '+0x40 8 eh_frame', '+0x44 32 eh_frame', 'complete'],
  ]);
});

test('a stack that leads nowhere, or back, ends', () => {
  expect(trace(program(PAGE, [0]), at(0x12, 0)).at(-1)).toBe('complete');
  expect(trace(program(PAGE, [0x1234_5678]), at(0x12, 0))).toEqual([
    ...['+0x12 0 registers', expect.stringContaining('eh_frame'), 'incomplete'],
  ]);
  // def_cfa r7+0: the frame is its own caller.
  const own = firstPage([{ ...LEAF, instructions: [0x0e, 0] }], true);
  expect(trace(program(own, [1, 2], new Uint8Array(8)), at(0x12, 1)).length).toBeLessThan(4);
});

test('an endless stack is cut off', () => {
  const words = Array.from({ length: 512 }, () => CODE + 0x12);
  expect(trace(program(PAGE, words), at(0x12, 0))).toHaveLength(257);
});

test('across a signal frame: the interrupted address is exact, on another stack', () => {
  // CFA at the word that the stack pointer points to; the address and bp by expressions.
  const restorer: MadeFunction = {
    ...{ start: 0x50, length: 0x10, signal: true },
    instructions: [0x0f, 3, 0x77, 16, 0x06, 0x10, 16, 2, 0x77, 24],
  };
  const page = firstPage([LEAF, MIDDLE, FIRST, restorer], true);
  const stack = [CODE + 0x51, 0, 0, STACK + 0x100, CODE + 0x40];
  expect(trace(program(page, stack), at(0x12, 0))).toEqual([
    ...['+0x12 0 registers', '+0x51 8 eh_frame', '+0x40 256 signal frame', 'complete'],
  ]);
});

describe('without call frame information', () => {
  const bare = firstPage([FIRST], true);
  /** A call instruction before +0x28. */
  const code = new Uint8Array(0x100);
  code.set([0xe8, 0, 0, 0, 0], 0x23);
  code.set([0xff, 0xd0], 0x42);

  test('by the frame pointer, which must lie on the stack', () => {
    const memory = program(bare, [9, 9, STACK + 0x40, CODE + 0x28, 0, 0, 0, 0, 0, CODE + 0x44], code);
    expect(trace(memory, at(0x12, 0, STACK + 0x10))).toEqual([
      ...['+0x12 0 registers', '+0x28 32 frame pointer', '+0x44 80 frame pointer', 'complete'],
    ]);
  });

  test('by what looks like a return address: behind a call', () => {
    const memory = program(bare, [CODE + 0x30, 7, CODE + 0x28, 0, CODE + 0x44], code);
    expect(trace(memory, at(0x12, 0))).toEqual([
      ...['+0x12 0 registers', '+0x28 24 scan', '+0x44 40 scan', 'complete'],
    ]);
  });

  test('a stack that is not in memory ends the walk', () => {
    expect(trace(program(bare, [1], code), { ...at(0x12, 0), sp: '0xdead0000' })).toEqual([
      ...[expect.stringContaining('registers'), 'incomplete'],
    ]);
  });
});

test('damaged call frame information costs nothing but the frames', () => {
  for (let byte = 0x100; byte < 0x280; byte++) {
    const page = PAGE.slice();
    page[byte] = (page[byte] as number) ^ 0xff;
    const memory = program(page, [CODE + 0x28, 1, 2, CODE + 0x44]);
    expect(trace(memory, at(0x12, 0))[0]).toBe('+0x12 0 registers');
  }
});
