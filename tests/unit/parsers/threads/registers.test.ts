import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { registersOnCpu, userRegisters } from '../../../../src/parsers/threads/registers.js';
import { asleep, MadeThread } from './made-thread.js';

const SAVED = { ip: 0x401000, sp: 0x7ffd_0000_1000, bx: 0xb0b0_b0b0_b0b0_b0b0n, r15: 15, orig_ax: 34 };
const WORD = 8;

describe.each([
  ['at the very top', 0],
  ['below the room for the FRED frame', 16],
])('registers %s', (_name, padding) => {
  test('are those of the entry from user mode', () => {
    const made = new MadeThread().thread();
    if (padding > 0) made.symbol('asm_fred_entrypoint_user', made.alloc(WORD));
    made.enter(SAVED, padding);
    expect(userRegisters(made.kernel(), asleep(), made.task, null)).toMatchObject({
      ...{ source: 'kernel stack', mayBeStale: false, ip: '0x401000', sp: '0x7ffd00001000' },
      ...{ bx: '0xb0b0b0b0b0b0b0b0', r15: '0xf', r14: '0x0', orig_ax: '0x22', cs: 0x33, ss: 0x2b },
    });
  });
});

test('with FRED, only the low 16 bits beside the selector are it', () => {
  const made = new MadeThread().thread();
  made.enter({ ...SAVED, cs: 0x1_0000_0033, ss: 0xffff_002bn });
  expect(userRegisters(made.kernel(), asleep(), made.task, null)).toMatchObject({ cs: 0x33, ss: 0x2b });
});

test('a stack that was never entered from user mode has none, nor has one that is gone', () => {
  const made = new MadeThread().thread();
  expect(userRegisters(made.kernel(), asleep(), made.task, null)).toBeNull();
  made.enter(SAVED);
  expect(userRegisters(made.kernel(), asleep({ kernelThread: true }), made.task, null)).toBeNull();
  made.set(made.task, 'task_struct.stack', 0);
  expect(userRegisters(made.kernel(), asleep(), made.task, null)).toBeNull();
});

describe('on a CPU', () => {
  const running = asleep({ onCpu: true, cpu: 0 });

  /** A CPU's crash note: name, NT_PRSTATUS, and user_regs_struct at byte 112 of it. */
  function noted(made: MadeThread, cs: number): void {
    const note = made.alloc(512);
    made.poke(note, 5, 4);
    made.poke((note + 4) as Kva, 336, 4);
    made.poke((note + 8) as Kva, 1, 4);
    const regs = note + 12 + 8 + 112;
    const put = (index: number, value: number) => made.poke((regs + index * WORD) as Kva, value);
    put(16, 0x402000);
    put(17, cs);
    put(21, 0x7f00_1111_0000);
    put(22, 0x77);
    const notes = made.alloc(WORD);
    made.poke(notes, note);
    made.symbol('crash_notes', notes);
  }

  test('in user mode: what the CPU noted', () => {
    const made = new MadeThread().thread();
    made.enter(SAVED);
    noted(made, 0x33);
    const onCpu = registersOnCpu(made.kernel(), running, made.task);
    expect(onCpu).toMatchObject({ fsBase: 0x7f00_1111_0000n, gsBase: 0x77n });
    expect(userRegisters(made.kernel(), running, made.task, onCpu)).toMatchObject({
      ...{ source: 'crash note', ip: '0x402000', mayBeStale: false },
    });
  });

  test('in the kernel, by its note or by having panicked: the stack, for certain', () => {
    const made = new MadeThread().thread();
    made.enter(SAVED);
    noted(made, 0x10);
    expect(registersOnCpu(made.kernel(), running, made.task)).toBeNull();
    const found = { source: 'kernel stack', ip: '0x401000', mayBeStale: false };
    expect(userRegisters(made.kernel(), running, made.task, null)).toMatchObject(found);
    const panicked = new MadeThread().thread();
    panicked.enter(SAVED);
    const cpu = panicked.alloc(4);
    panicked.symbol('panic_cpu', cpu);
    expect(userRegisters(panicked.kernel(), running, panicked.task, null)).toMatchObject(found);
    panicked.poke(cpu, -1, 4);
    expect(userRegisters(panicked.kernel(), running, panicked.task, null)?.mayBeStale).toBe(true);
  });

  test('in user mode, in an image whose maker noted each CPU: by that note', () => {
    const notes = [0x10, 0x33].map((cs) => ({ name: 'CORE', type: 1, desc: prstatus(cs) }));
    class Noted extends MadeThread {
      override image() {
        return { ...super.image(), notes };
      }
    }
    const made = new Noted().thread();
    made.enter(SAVED);
    expect(registersOnCpu(made.kernel(), running, made.task)).toBeNull();
    expect(registersOnCpu(made.kernel(), asleep({ onCpu: true, cpu: 1 }), made.task)).toMatchObject({
      ...{ registers: { source: 'image note', ip: '0x402000', cs: 0x33 }, fsBase: 0x7f00_1111_0000n },
    });
    expect(registersOnCpu(made.kernel(), asleep({ onCpu: true, cpu: 2 }), made.task)).toBeNull();
  });

  /** struct elf_prstatus, 336 bytes: registers from byte 112 on. */
  function prstatus(cs: number): Buffer {
    const desc = Buffer.alloc(336);
    for (const [index, value] of [
      [16, 0x402000],
      [17, cs],
      [21, 0x7f00_1111_0000],
    ] as const) {
      desc.writeBigUInt64LE(BigInt(value), 112 + index * WORD);
    }
    return desc;
  }
});
