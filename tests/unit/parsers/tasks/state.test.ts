import { expect, test } from 'vitest';
import { stateLetter } from '../../../../src/parsers/tasks/state.js';

test.each([
  ['R', 0, 0],
  ['S', 1, 0],
  ['D', 2, 0],
  ['T', 4, 0],
  ['t', 8, 0],
  ['X', 0x80, 0x10],
  ['Z', 0x80, 0x20],
  ['P', 0x40, 0],
  // TASK_IDLE; with TASK_FREEZABLE; TASK_KILLABLE is none.
  ['I', 0x402, 0],
  ['I', 0x2402, 0],
  ['D', 0x102, 0],
  ['S', 0x2001, 0],
  // A lock of PREEMPT_RT, and a frozen task.
  ['D', 0x1000, 0],
  ['D', 0x8000, 0],
  // TASK_DEAD alone, between exit and reaping, reports nothing.
  ['R', 0x80, 0],
])('%s for state %x, exit state %x', (letter, state, exit) => {
  expect(stateLetter(state, exit)).toBe(letter);
});
