// Programs that a process could have mapped to mislead an unwinder: headers, call frame information and stacks of random
// bytes, and real ones with a few bytes changed. Every walk ends, and throws nothing.
import { describe, expect, test } from 'vitest';
import { readUserBacktrace } from '../../src/parsers/threads/user/user-backtrace.js';
import { at, CODE, firstPage, program, STACK } from '../unit/parsers/threads/user/made-program.js';

const ROUNDS = 60;
const MOST_FRAMES = 256;
/** The program header of the sorted table is the third. */
const TABLE_HEADER = 64 + 2 * 56;

function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PAGE = firstPage(
  [
    { start: 0x10, length: 0x10, instructions: [0x0e, 16] },
    { start: 0x20, length: 0x20, instructions: [0x0f, 3, 0x77, 16, 0x06] },
    { start: 0x40, length: 0x10, instructions: [0x0a, 0x0c, 6, 16, 0x0b] },
  ],
  true,
);

/** Words that lead into the code, along the stack, or anywhere. */
function stack(next: (below: number) => number): number[] {
  return Array.from({ length: 512 }, () => {
    const kind = next(3);
    return kind === 0 ? CODE + next(0x100) : kind === 1 ? STACK + next(4096) : next(2 ** 31);
  });
}

function walk(page: Uint8Array, next: (below: number) => number): number {
  const memory = program(
    page,
    stack(next),
    Uint8Array.from({ length: 256 }, () => next(256)),
  );
  const { frames } = readUserBacktrace(memory.kernel, memory, at(next(0x60), next(512), STACK + next(4096)));
  return frames.length;
}

describe.each(Array.from({ length: ROUNDS }, (_, seed) => seed + 1))('seed %i', (seed) => {
  test('a few bytes changed', () => {
    const next = random(seed);
    for (let n = 0; n < 20; n++) {
      const page = PAGE.slice();
      for (let flips = 0; flips < 1 + next(6); flips++) page[next(0x300)] = next(256);
      expect(walk(page, next)).toBeLessThanOrEqual(MOST_FRAMES);
    }
  });

  test('random call frame information behind a header that holds, with a table and without', () => {
    const next = random(seed);
    for (let n = 0; n < 5; n++) {
      const page = PAGE.slice();
      for (let i = 0x100; i < page.length; i++) page[i] = next(256);
      if (n % 2 === 1) page[TABLE_HEADER] = 0;
      expect(walk(page, next)).toBeLessThanOrEqual(MOST_FRAMES);
    }
  });
});
