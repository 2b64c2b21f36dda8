// What the CPU that a thread was on saved of it at the panic, if otherworld.ko had been loaded (kernel/module/panic_save.c).

import { hex, type Kva } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import type { PanicArea } from '../panic-area/area.js';
import { panicArea } from '../panic-area/find.js';
import { PANIC_STATE } from '../panic-area/layout.js';
import { type PanicSlot, readPanicSlot, type SavedVectors } from '../panic-area/slot.js';
import { functionAt } from '../stack/text-symbol.js';
import type { CpuRegisters } from './cpu-registers.js';
import { enteredWith } from './entry-code.js';
import { registersOf } from './pt-regs.js';

export interface SavedThread extends CpuRegisters {
  readonly pkru: number | null;
  /** Saved; or newer in the thread's fpstate, as ever; or nobody can tell. */
  readonly vectors: SavedVectors | 'in memory' | 'unknown';
}

const RQ = { curr: 'curr' } as const;
/** While it switches, a CPU has some registers of one task and some of another. */
const SWITCHING = ['__switch_to', '__switch_to_asm'];
/** These put vector registers into memory, under a flag that says that they are there already. */
const SAVING_VECTORS = ['save_fpregs_to_fpstate', 'copy_fpregs_to_fpstate'];
/** This sets the flag, calls them, and changes the registers. */
const BEGINNING = ['kernel_fpu_begin_mask', 'kernel_fpu_begin'];

/** Null where its CPU saved nothing of it. `address`: of its task_struct. */
export function savedAtPanic(kernel: Kernel, task: Task, address: Kva): SavedThread | null {
  if (!task.onCpu) return null;
  const area = panicArea(kernel);
  if (area === null || area.state < PANIC_STATE.saving) return null;
  return kernel.faults.guard('panic area', () => ofThread(kernel, area, task, address), null);
}

function ofThread(kernel: Kernel, area: PanicArea, task: Task, address: Kva): SavedThread | null {
  const slot = readPanicSlot(kernel.mem.physical, area, task.cpu);
  if (slot === null || slot.user === null || !isAbout(kernel, slot, task, address)) return null;
  const place = slot.kernel === null ? null : functionAt(kernel, kernel.mem.fold.fromBig(slot.kernel('ip')));
  if (place !== null && SWITCHING.includes(place)) return null;
  const entered = slot.kernel === null ? 'stack' : enteredWith(kernel, slot.cpu, address, slot.kernel);
  const words = typeof entered === 'function' ? entered : slot.user;
  return {
    registers: registersOf('saved at panic', entered === 'unknown', words),
    fsBase: slot.fsBase,
    gsBase: slot.gsBase,
    pkru: slot.pkru,
    vectors: vectorsOf(slot, place),
  };
}

/** The runqueue names the next task before the CPU has switched to it. */
function isAbout(kernel: Kernel, slot: PanicSlot, task: Task, address: Kva): boolean {
  const runqueue = kernel.perCpu('runqueues', slot.cpu);
  const current = kernel.mem.ptr(runqueue, kernel.layout('rq', RQ).curr);
  return hex(slot.task) === task.address && slot.tid === task.tid && current === address;
}

function vectorsOf({ vectors }: PanicSlot, place: string | null): SavedThread['vectors'] {
  if (vectors === null) return 'unknown';
  if (vectors.live || (place !== null && SAVING_VECTORS.includes(place))) return vectors;
  return place !== null && BEGINNING.includes(place) ? 'unknown' : 'in memory';
}
