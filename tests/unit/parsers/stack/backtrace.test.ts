import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import type { Note } from '../../../../src/parsers/image/image.js';
import { backtrace } from '../../../../src/parsers/stack/backtrace.js';
import { ERAS, MadeUpStack } from './made-up-stack.js';

const era = ERAS['6.4: wide type'] as (typeof ERAS)[string];

/** A machine of one CPU, on which `task` is. */
function onCpu(made: MadeUpStack, task: Kva): void {
  const variable = made.made.alloc(8);
  made.made.poke(variable, task);
  made.made.symbol('current_task', variable);
}

function asleep(): MadeUpStack {
  const made = new MadeUpStack(era);
  const end = made.add('ret_from_fork_asm', { base: 'none', offset: 0, type: 'end' });
  const schedule = made.add('schedule', { base: 'sp', offset: 16, type: 'call' });
  const frame = made.stackEnd - 0x200;
  made.push(frame, 0, 0, 0, 0, 0, 0, schedule, 0, end);
  made.made.set(made.task, 'task_struct.thread.sp', frame);
  return made;
}

describe('a backtrace', () => {
  test('of a sleeping task begins at the frame it left', () => {
    const made = asleep();
    onCpu(made, 0 as Kva);
    const kernel = made.kernel();
    expect(backtrace(kernel, made.task).map(({ symbol, guess }) => [symbol, guess])).toEqual([
      ['schedule+0x20/0x40', false],
      ['ret_from_fork_asm+0x20/0x40', false],
    ]);
    expect(kernel.faults.records).toEqual([]);
  });

  test('of a task whose stack was freed is empty', () => {
    const made = asleep();
    onCpu(made, 0 as Kva);
    made.made.set(made.task, 'task_struct.stack', 0);
    expect(backtrace(made.kernel(), made.task)).toEqual([]);
  });

  /** panic() finds its caller by the frame pointer, which is gone; stale words lie below and above it. */
  function panicked(): MadeUpStack {
    const made = new MadeUpStack(era);
    const end = made.add('entry', { base: 'none', offset: 0, type: 'end' });
    const panic = made.add('panic', { base: 'bp', offset: 16, type: 'call', savedBp: -16 });
    const sysrq = made.add('sysrq_handle_crash', { base: 'sp', offset: 8, type: 'call' }, made.start(panic));
    const stale = made.add('printk', { base: 'sp', offset: 8, type: 'call' });
    const top = made.stackEnd - 0x100;
    made.push(made.stackEnd - 0x400, stale, end);
    made.push(made.stackEnd - 0x300, panic);
    made.push(top - 8, 0, sysrq, end);
    onCpu(made, made.task);
    return made;
  }

  test('of the task that panicked begins at panic', () => {
    const made = panicked();
    const kernel = made.kernel();
    expect(backtrace(kernel, made.task)).toMatchObject([
      { symbol: 'panic+0x20/0x40', guess: false, mark: null },
      { symbol: 'sysrq_handle_crash+0x20/0x40', guess: false },
      { symbol: 'entry+0x20/0x40', guess: false },
    ]);
  });

  test('of another task that was on a CPU is a guess', () => {
    const made = new MadeUpStack(era);
    const end = made.add('entry', { base: 'none', offset: 0, type: 'end' });
    const write = made.add('ksys_write', { base: 'sp', offset: 16, type: 'call' });
    made.push(made.stackEnd - 0x100, write, 0, end);
    onCpu(made, made.task);
    expect(backtrace(made.kernel(), made.task)).toMatchObject([
      { symbol: 'ksys_write+0x20/0x40', guess: true },
      { symbol: 'entry+0x20/0x40', guess: true },
    ]);
  });

  test('begins at the registers of the crash note, where there are any', () => {
    const made = panicked();
    const crash = made.add('__crash_kexec', { base: 'sp', offset: 16, type: 'call' });
    const end = (made.text + 32) as Kva;
    const sp = made.stackEnd - 0x200;
    made.push(sp, 0, end);
    const note = made.made.alloc(512);
    made.made.poke(note, 5, 4);
    made.made.poke((note + 4) as Kva, 336, 4);
    made.made.poke((note + 8) as Kva, 1, 4);
    const registers = note + 12 + 8 + 112;
    made.push(registers + 16 * 8, crash, 0x10, 0, sp);
    const notes = made.made.alloc(8);
    made.made.poke(notes, note);
    made.made.symbol('crash_notes', notes);
    const symbols = backtrace(made.kernel(), made.task).map(({ symbol }) => symbol);
    expect(symbols).toEqual(['__crash_kexec+0x20/0x40', 'entry+0x20/0x40']);
    made.made.poke((registers + 17 * 8) as Kva, 0x33);
    expect(backtrace(made.kernel(), made.task)).toEqual([]);
  });

  test('begins at the registers that the image noted, where the CPU itself did not', () => {
    const made = panicked();
    const wait = made.add('delay_tsc', { base: 'sp', offset: 16, type: 'call' });
    const sp = (made.stackEnd - 0x200) as Kva;
    made.push(sp, 0, made.text + 32);
    const kernel = made.kernel();
    const { fold, physical } = kernel.mem;
    const desc = Buffer.alloc(336);
    const noted = (cs: bigint) => {
      for (const [n, word] of [fold.toBig(wait), cs, 0n, fold.toBig(sp)].entries())
        desc.writeBigUInt64LE(word, 112 + (16 + n) * 8);
    };
    (physical.image.notes as Note[]).push({ name: 'CORE', type: 1, desc });
    noted(0x10n);
    expect(backtrace(kernel, made.task).map(({ symbol }) => symbol)).toEqual([
      'delay_tsc+0x20/0x40',
      'entry+0x20/0x40',
    ]);
    noted(0x33n);
    expect(backtrace(kernel, made.task)).toEqual([]);
  });
});
