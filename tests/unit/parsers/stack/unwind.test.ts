import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import type { Kernel } from '../../../../src/parsers/kernel/kernel.js';
import { OrcTables } from '../../../../src/parsers/stack/orc-table.js';
import { Unwinder, type Unwound } from '../../../../src/parsers/stack/unwind.js';
import { ERAS, MadeUpStack } from './made-up-stack.js';

const unknown = Number.NaN as Kva;

function unwind(
  kernel: Kernel,
  { stack, stackEnd }: MadeUpStack,
  ip: Kva,
  sp: number,
  bp = unknown,
): Unwound {
  const stacks = [{ name: 'TASK', start: stack, end: stackEnd }];
  return new Unwinder(kernel, new OrcTables(kernel), stacks).unwind({ ip, sp: sp as Kva, bp, signal: false });
}

describe.each(Object.entries(ERAS))('ORC entries of %s', (_name, era) => {
  test('lead from calls by sp and bp to the end of the stack', () => {
    const made = new MadeUpStack(era);
    const bottom = made.add('kthread', { base: 'none', offset: 0, type: 'end' });
    const middle = made.add('middle', { base: 'bp', offset: 16, type: 'call', savedBp: -16 });
    const leaf = made.add('leaf', { base: 'sp', offset: 32, type: 'call', savedBp: -16 });
    const sp = made.stack + 0x1000;
    const frame = made.stack + 0x2000;
    // leaf: three words, the last one middle's frame pointer; then its return address.
    made.push(sp, 0, 0, frame, middle);
    // middle: the frame pointer leads behind whatever it has pushed.
    made.push(frame, 0, bottom);
    const kernel = made.kernel();
    const { frames, complete, userRegs } = unwind(kernel, made, leaf, sp);
    expect(frames.map(({ ip }) => ip)).toEqual([leaf, middle, bottom]);
    expect(complete).toBe(true);
    expect(userRegs).toBeNull();
  });

  test('cross an interrupt, and end at user mode', () => {
    const made = new MadeUpStack(era);
    const entry = made.add('asm_exc_page_fault', { base: 'sp', offset: 8, type: 'regs' });
    const syscall = made.add('entry_SYSCALL_64', { base: 'sp', offset: 0, type: 'regs' });
    // Interrupted at its very first byte: taken for a return address, it would be the function before.
    const victim = made.start(made.add('victim', { base: 'sp', offset: 16, type: 'call' }));
    const sp = made.stack + 0x1000;
    made.regs(sp + 8, { ip: victim, sp: made.stack + 0x2000, bp: 0x1234, cs: 0x10 });
    made.push(made.stack + 0x2000, syscall);
    made.regs(made.stack + 0x2008, { ip: 0x7f00_0000_1000, cs: 0x33 });
    const kernel = made.kernel();
    const { frames, complete, userRegs } = unwind(kernel, made, entry, sp);
    expect(frames.map(({ ip, signal }) => [ip, signal])).toEqual([
      [entry, false],
      [victim, true],
      [syscall, false],
    ]);
    expect(frames[1]).toMatchObject({ regs: sp + 8, bp: 0x1234 });
    expect(complete).toBe(true);
    expect(userRegs).toBe(made.stack + 0x2008);
  });
});

describe('unwinding what cannot be unwound', () => {
  const era = ERAS['6.4: wide type'] as (typeof ERAS)[string];

  test('stops where nothing is known of an address', () => {
    const made = new MadeUpStack(era);
    const leaf = made.add('leaf', { base: 'sp', offset: 8, type: 'call' });
    made.push(made.stack + 0x1000, made.task);
    const kernel = made.kernel();
    const { frames, complete } = unwind(kernel, made, leaf, made.stack + 0x1000);
    expect(frames.map(({ ip }) => ip)).toEqual([leaf, made.task]);
    expect(complete).toBe(false);
  });

  test.each([
    ['a small number', 0x1234n],
    ['no canonical address', 0x1234_5678_9abc_def0n],
  ])('stops where the return address is %s', (_what, word) => {
    const made = new MadeUpStack(era);
    const leaf = made.add('leaf', { base: 'sp', offset: 8, type: 'call' });
    made.made.poke((made.stack + 0x1000) as Kva, word);
    const kernel = made.kernel();
    expect(unwind(kernel, made, leaf, made.stack + 0x1000).frames).toHaveLength(1);
  });

  test('stops where the stack pointer would go down, or leave the stack', () => {
    const made = new MadeUpStack(era);
    const entry = made.add('entry', { base: 'sp', offset: 8, type: 'regs' });
    const sp = made.stack + 0x1000;
    made.regs(sp + 8, { ip: entry, sp, cs: 0x10 });
    const kernel = made.kernel();
    expect(unwind(kernel, made, entry, sp)).toMatchObject({ complete: false });
    expect(unwind(kernel, made, entry, sp).frames).toHaveLength(1);
    expect(unwind(kernel, made, entry, made.stackEnd + 64).frames).toEqual([]);
  });

  test('stops where the frame pointer is needed and not known', () => {
    const made = new MadeUpStack(era);
    const leaf = made.add('leaf', { base: 'bp', offset: 16, type: 'call' });
    const kernel = made.kernel();
    expect(unwind(kernel, made, leaf, made.stack + 0x1000)).toMatchObject({ complete: false });
  });

  test('stops at a hole in the stack', () => {
    const made = new MadeUpStack(era);
    const leaf = made.add('leaf', { base: 'sp', offset: 0x1008, type: 'call' });
    made.made.hole((made.stack + 0x2000) as Kva);
    const kernel = made.kernel();
    expect(unwind(kernel, made, leaf, made.stack + 0x1000)).toMatchObject({ complete: false });
  });
});
