import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { callBefore } from '../../../../src/parsers/stack/call-site.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** The call before an address, behind the given bytes of code. */
function callIn(...code: readonly number[]): number | null | undefined {
  const made = new SyntheticKernel();
  const text = made.alloc(64);
  const ip = (text + 16) as Kva;
  made.bytes((ip - code.length) as Kva, Uint8Array.from(code));
  const target = callBefore(made.memory(), ip);
  return target == null ? target : target - ip;
}

describe('the call before a return address', () => {
  test('is direct and has a target', () => {
    expect(callIn(0xe8, 0x10, 0, 0, 0)).toBe(16);
    expect(callIn(0xe8, 0xf0, 0xff, 0xff, 0xff)).toBe(-16);
  });

  test.each([
    ['call *%rax', [0xff, 0xd0]],
    ['call *%r11', [0x41, 0xff, 0xd3]],
    ['call *0x18(%rax)', [0xff, 0x50, 0x18]],
    ['call *0x1234(%rip)', [0xff, 0x15, 0x34, 0x12, 0, 0]],
  ])('is indirect: %s', (_text, code) => {
    expect(callIn(...code)).toBeNull();
  });

  test('is none', () => {
    expect(callIn(0x90, 0x90, 0x90)).toBeUndefined();
    expect(callIn(0xff, 0xc0)).toBeUndefined();
  });
});
