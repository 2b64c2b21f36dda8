import { describe, expect, test } from 'vitest';
import { panicCause, panicMessage } from '../../../../src/parsers/system/panic-log.js';
import type { LogRecord } from '../../../../src/snapshot/system.js';

/** Lines with the second they were printed in. */
function log(...lines: readonly (readonly [number, string])[]): LogRecord[] {
  return lines.map(([seconds, text], sequence) => ({
    sequence,
    timestamp: seconds * 1e9,
    level: 0,
    facility: 0,
    caller: null,
    text,
    dictionary: [],
  }));
}

const PANIC = 'Kernel panic - not syncing: ';

describe('why a kernel died', () => {
  test('sysrq', () => {
    const lines = log([1, 'ready'], [9, 'sysrq: Trigger a crash'], [9, `${PANIC}sysrq triggered crash`]);
    expect(panicMessage(lines)).toBe('sysrq triggered crash');
    expect(panicCause(lines)).toBe('sysrq: Trigger a crash');
  });

  test('the first line of the last oops, not of one before', () => {
    const lines = log(
      [2, 'BUG: kernel NULL pointer dereference, address: 0000000000000050'],
      [2, 'Oops: 0000 [#1] PREEMPT SMP PTI'],
      [2, '---[ end trace 0000000000000000 ]---'],
      [3, 'traps: PANIC: double fault, error_code: 0x0'],
      [3, 'Oops: double fault: 0000 [#2] PREEMPT SMP PTI'],
      [3, 'Call Trace:'],
      [3, '---[ end trace 0000000000000000 ]---'],
      [3, `${PANIC}Fatal exception in interrupt`],
    );
    expect(panicMessage(lines)).toBe('Fatal exception in interrupt');
    expect(panicCause(lines)).toBe('traps: PANIC: double fault, error_code: 0x0');
  });

  test('trouble long ago is another', () => {
    const lines = log(
      [1, 'BUG: soft'],
      [60, 'general protection fault, probably for …'],
      [60, `${PANIC}Fatal exception`],
    );
    expect(panicCause(lines)).toBe('general protection fault, probably for …');
  });

  test('a crash kernel takes over before the panic says its line', () => {
    const lines = log([1, 'ready'], [9, 'BUG: unable to handle page fault for address: dead']);
    expect(panicMessage(lines)).toBeNull();
    expect(panicCause(lines)).toBe('BUG: unable to handle page fault for address: dead');
  });

  test('nothing', () => {
    expect(panicMessage([])).toBeNull();
    expect(panicCause([])).toBeNull();
  });
});
