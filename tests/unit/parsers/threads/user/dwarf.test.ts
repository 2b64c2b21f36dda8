// Numbers, expressions and call frame instructions, with the examples of the DWARF standard where it has some.
import { describe, expect, test } from 'vitest';
import { rowFor } from '../../../../../src/parsers/threads/user/cfi-program.js';
import { evaluate } from '../../../../../src/parsers/threads/user/dwarf-expression.js';
import { DwarfReader } from '../../../../../src/parsers/threads/user/dwarf-reader.js';
import type { Fde } from '../../../../../src/parsers/threads/user/eh-frame.js';

const reader = (...bytes: number[]) => new DwarfReader(Uint8Array.from(bytes), 0x1000);

describe('LEB128 (DWARF 5, tables 7.7 and 7.8)', () => {
  test.each([
    [2, [0x02]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [12857, [0xb9, 0x64]],
  ])('unsigned %i', (value, bytes) => {
    expect(reader(...bytes).uleb()).toBe(value);
  });

  test.each([
    [-2, [0x7e]],
    [127, [0xff, 0x00]],
    [-127, [0x81, 0x7f]],
    [-128, [0x80, 0x7f]],
    [-129, [0xff, 0x7e]],
  ])('signed %i', (value, bytes) => {
    expect(reader(...bytes).sleb()).toBe(value);
  });

  test('that never ends is a fault', () => {
    expect(() => reader(0x80, 0x80).uleb()).toThrow('ends too early');
    expect(() => reader(...Array<number>(400).fill(0xff)).uleb()).toThrow('beyond 64 bits');
    expect(() => reader(...Array<number>(400).fill(0xff)).sleb()).toThrow('beyond 64 bits');
  });
});

test('pointers: absolute, from where they stand, from the table', () => {
  expect(reader(0x10, 0, 0, 0, 0, 0, 0, 0).pointer(0x00)).toBe(0x10);
  expect(reader(0xf0, 0xff, 0xff, 0xff).pointer(0x1b)).toBe(0xff0);
  expect(reader(0x10, 0, 0, 0).pointer(0x3b, 0x5000)).toBe(0x5010);
  expect(() => reader(0, 0, 0, 0).pointer(0x2b)).toThrow('pointer encoding 0x2b');
});

describe('expressions', () => {
  const machine = {
    register: (n: number) => ({ 7: 0x7000n, 16: 0x40_100fn })[n] ?? 0n,
    load: (address: bigint) => address + 1n,
  };

  test('the address that a PLT entry’s frame has', () => {
    // breg7 8; breg16 0; lit15; and; lit11; ge; lit3; shl; plus
    const plt = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
    expect(evaluate(Uint8Array.from(plt), machine, [])).toBe(0x7010n);
  });

  test('a register of a signal frame, 40 bytes above the stack pointer, behind one load', () => {
    expect(evaluate(Uint8Array.of(0x77, 40, 0x06), machine, [0x1234n])).toBe(0x7029n);
  });

  test('what takes more than there is, and what is no operation, are faults', () => {
    expect(() => evaluate(Uint8Array.of(0x22), machine, [1n])).toThrow('more than it has');
    expect(() => evaluate(Uint8Array.of(0xff), machine, [1n, 2n])).toThrow('operation 0xff');
  });
});

describe('call frame instructions', () => {
  /** CFA = r7+8, r16 at CFA-8: every CIE of x86-64. */
  const CIE = {
    ...{ codeAlign: 1, dataAlign: -8, returnRegister: 16, pointerEncoding: 0x1b, signal: false },
    ...{ augmented: true, instructions: Uint8Array.of(0x0c, 7, 8, 0x90, 1), address: 0 },
  };
  const fde = (...instructions: number[]): Fde => ({
    ...{ cie: CIE, start: 0x1000, end: 0x2000, instructions: Uint8Array.from(instructions) },
  });
  /** push %rbp; mov %rsp,%rbp; …; leave; ret */
  const FRAME = [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x60, 0x0a, 0x0c, 7, 8, 0x41, 0x0b];

  test.each([
    [0x1000, { register: 7, offset: 8 }, false],
    [0x1001, { register: 7, offset: 16 }, true],
    [0x1004, { register: 6, offset: 16 }, true],
    [0x1024, { register: 7, offset: 8 }, true],
    [0x1025, { register: 6, offset: 16 }, true],
  ])('at 0x%s the frame is %o', (pc, cfa, saved) => {
    const row = rowFor(fde(...FRAME), pc);
    expect(row.cfa).toEqual(cfa);
    expect(row.rules.get(6)).toEqual(saved ? { kind: 'offset', offset: -16 } : undefined);
    expect(row.rules.get(16)).toEqual({ kind: 'offset', offset: -8 });
  });

  test('registers that are undefined, in others, or restored to what the CIE says', () => {
    const { rules } = rowFor(fde(0x07, 16, 0x09, 3, 12, 0x08, 6), 0x1000);
    expect([rules.get(16), rules.get(3), rules.get(6)]).toEqual([
      { kind: 'undefined' },
      { kind: 'register', register: 12 },
      { kind: 'same' },
    ]);
    expect(rowFor(fde(0x07, 16, 0xd0), 0x1000).rules.get(16)).toEqual({ kind: 'offset', offset: -8 });
  });

  test('an unknown one is a fault, and so is a state that was never kept', () => {
    expect(() => rowFor(fde(0x3f, 0), 0x1000)).toThrow('instruction 0x3f');
    expect(() => rowFor(fde(0x0b), 0x1000)).toThrow('never kept');
  });
});
