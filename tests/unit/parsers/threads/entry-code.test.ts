import { beforeEach, describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import type { RegisterName, RegisterWords } from '../../../../src/parsers/panic-area/slot.js';
import { type Entered, enteredWith } from '../../../../src/parsers/threads/entry-code.js';
import { ERAS, MadeUpStack, type OrcEra } from '../stack/made-up-stack.js';

const CPU = 0;
const PAGE = 4096;
const USER = { ip: 0x401234, cs: 0x33, flags: 0x246, sp: 0x7ffd_0000_1000, ss: 0x2b };
const NO_CALL = 0xffff_ffff_ffff_ffffn;

/** A CPU with an entry stack, and entry code that ends where `leave` is called. */
class MadeEntry {
  readonly made: MadeUpStack;
  readonly entryStack: Kva;
  readonly tss: Kva;

  constructor(era: OrcEra) {
    const made = new MadeUpStack(era);
    this.made = made;
    made.made.types
      .struct('x86_hw_tss', { sp0: 'u64', sp2: 'u64' })
      .struct('tss_struct', { x86_tss: 'x86_hw_tss' });
    this.entryStack = made.made.alloc(PAGE, PAGE);
    this.tss = made.made.make('tss_struct', { 'x86_tss.sp0': (this.entryStack + PAGE) as Kva });
    made.made.symbol('cpu_tss_rw', this.tss);
    made.made.symbol('__entry_text_start', made.text);
    made.add('first', { base: 'none', offset: 0, type: 'end' });
  }

  /** What comes after is no entry code. */
  leave(): void {
    const ip = this.made.add('behind', { base: 'none', offset: 0, type: 'end' });
    this.made.made.symbol('__entry_text_end', this.made.start(ip));
  }

  /** The five words that the processor pushes, up to the entry stack's end; where the first one stands. */
  pushed(values: Readonly<Record<string, number>> = USER): number {
    const at = this.entryStack + PAGE - 5 * 8;
    this.made.push(at, ...['ip', 'cs', 'flags', 'sp', 'ss'].map((name) => values[name] as number));
    return at;
  }

  entered(interrupted: Partial<Record<RegisterName, number | bigint>>): Entered {
    const words: RegisterWords = (name) => BigInt.asUintN(64, BigInt(interrupted[name] ?? 0));
    return enteredWith(this.made.kernel(), CPU, this.made.task, words);
  }
}

/** Registers by name; fails where there are none. */
function values(entered: Entered, names: readonly RegisterName[]): bigint[] {
  if (typeof entered === 'string') throw new Error(`no registers: ${entered}`);
  return names.map(entered);
}

const INTERRUPTED = { bx: 0xb0, r12: 0x12n, cs: 0x10, orig_ax: 5 };
const SHOWN = ['ip', 'cs', 'flags', 'sp', 'ss', 'bx', 'r12', 'orig_ax'] as const;
const WHOLE = [...Object.values(USER).map(BigInt), 0xb0n, 0x12n, NO_CALL];

describe.each(Object.entries(ERAS))('a CPU stopped in the kernel, with ORC of %s', (_name, era) => {
  let made: MadeEntry;
  beforeEach(() => {
    made = new MadeEntry(era);
  });

  test('beyond the entry code: the kernel stack has the registers', () => {
    const ip = made.made.add('ksys_read', { base: 'sp', offset: 8, type: 'call' });
    made.made.made.symbol('__entry_text_end', made.made.start(ip));
    expect(made.entered({ ...INTERRUPTED, ip })).toBe('stack');
  });

  test('before anything is saved: the processor pushed some, the others are untouched', () => {
    const ip = made.made.add('asm_sysvec_timer', { base: 'sp', offset: 8, type: 'partial' });
    made.leave();
    const sp = made.pushed() - 8;
    expect(values(made.entered({ ...INTERRUPTED, ip, sp }), SHOWN)).toEqual(WHOLE);
  });

  test('at the first instruction of what saves them', () => {
    const caller = made.made.add('asm_sysvec_timer', { base: 'sp', offset: 8, type: 'partial' });
    const inside = made.made.add('error_entry', { base: 'sp', offset: 8, type: 'call' });
    made.leave();
    const sp = made.pushed() - 16;
    made.made.push(sp, caller);
    const first = made.entered({ ...INTERRUPTED, ip: made.made.start(inside), sp });
    expect(values(first, SHOWN)).toEqual(WHOLE);
  });

  test('further on in it, some have been moved: nothing is known for certain', () => {
    const caller = made.made.add('asm_sysvec_timer', { base: 'sp', offset: 8, type: 'partial' });
    const ip = made.made.add('error_entry', { base: 'sp', offset: 8, type: 'call' });
    made.leave();
    const sp = made.pushed() - 16;
    made.made.push(sp, caller);
    expect(made.entered({ ...INTERRUPTED, ip, sp })).toBe('unknown');
  });

  test.each(['asm_sysvec_timer', 'sync_regs'])('once all are saved, wherever: there (%s)', (name) => {
    const caller = made.made.add('asm_exc_page_fault', { base: 'sp', offset: 0, type: 'regs' });
    const inner = name === 'sync_regs';
    if (inner) made.leave();
    const ip = inner ? made.made.add(name, { base: 'sp', offset: 8, type: 'call' }) : caller;
    if (!inner) made.leave();
    const regs = made.entryStack + PAGE - 21 * 8;
    made.made.regs(regs, { ...USER, bx: 0x77, r12: 0x88, orig_ax: -1 });
    if (inner) made.made.push(regs - 8, caller);
    const entered = made.entered({ ...INTERRUPTED, ip, sp: inner ? regs - 8 : regs });
    expect(values(entered, ['ip', 'bx', 'r12'])).toEqual([0x401234n, 0x77n, 0x88n]);
  });

  test('in the entry of an interrupt that came upon the kernel: what the kernel was entered with', () => {
    const ip = made.made.add('asm_sysvec_timer', { base: 'sp', offset: 8, type: 'partial' });
    const call = made.made.add('entry_SYSCALL_64_after_hwframe', { base: 'sp', offset: 0, type: 'regs' });
    made.leave();
    const regs = made.made.stackEnd - 21 * 8;
    made.made.regs(regs, { ...USER, bx: 0x77 });
    const sp = made.made.stack + 0x1000;
    made.made.push(sp + 8, call, 0x10, 0x2, regs, 0x18);
    expect(values(made.entered({ ...INTERRUPTED, ip, sp }), ['ip', 'bx'])).toEqual([0x401234n, 0x77n]);
  });

  test('on the way out: the kernel stack has them still', () => {
    const ip = made.made.add('common_interrupt_return', { base: 'none', offset: 0, type: 'end' });
    made.leave();
    expect(made.entered({ ...INTERRUPTED, ip, sp: made.entryStack + 8 })).toBe('stack');
  });

  test('elsewhere in the entry code: unknown', () => {
    const ip = made.made.add('entry_SYSENTER_compat', { base: 'none', offset: 0, type: 'end' });
    made.leave();
    expect(made.entered({ ...INTERRUPTED, ip, sp: 0x7ffd_0000_1000 })).toBe('unknown');
  });

  describe('in the first instructions of a system call: as if it was still to be made', () => {
    const call = { ...INTERRUPTED, cx: 0x401236, r11: 0x246, ax: 39 };
    const MADE = [0x401234n, 0x33n, 0x246n, 0x7ffd_0000_1000n, 0x2bn, 0xb0n, 0x12n, NO_CALL];

    test('at the first, on the user’s stack', () => {
      const ip = made.made.add('entry_SYSCALL_64', { base: 'none', offset: 0, type: 'end' });
      made.leave();
      const found = made.entered({ ...call, ip: made.made.start(ip), sp: 0x7ffd_0000_1000 });
      expect(values(found, [...SHOWN, 'ax'])).toEqual([...MADE, 39n]);
    });

    test.each([0x1234_5000, -4096])('then, by where the user’s stack pointer was put (sp %i)', (sp) => {
      made.made.made.set(made.tss, 'tss_struct.x86_tss.sp2', 0x7ffd_0000_1000);
      const ip = made.made.add('entry_SYSCALL_64', { base: 'none', offset: 0, type: 'end' });
      made.leave();
      expect(values(made.entered({ ...call, ip, sp }), SHOWN)).toEqual(MADE);
    });
  });
});
