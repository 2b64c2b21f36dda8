// What one CPU saved (struct ow_panic_slot).

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { PanicArea } from './area.js';
import { PT_REGS, panicSum, SLOT, SLOT_FLAG, SLOT_STATE, VECTORS_OFFSET, XSAVE_FORMAT } from './layout.js';

export type RegisterName = keyof typeof PT_REGS;
/** Registers by name, 64 bits each. */
export type RegisterWords = (name: RegisterName) => bigint;

export interface PanicSlot {
  readonly cpu: number;
  /** Of the task that it was running: 0 for an idle task. */
  readonly tid: number;
  /** Its task_struct, all 64 bits. */
  readonly task: bigint;
  /** The CPU was in user mode. */
  readonly inUser: boolean;
  /** Of the last entry from user mode; null for a task without a user half. */
  readonly user: RegisterWords | null;
  /** Where it was interrupted in the kernel; null where it was in user mode. */
  readonly kernel: RegisterWords | null;
  /** Null where the CPU did not have the task's. */
  readonly fsBase: bigint | null;
  readonly gsBase: bigint | null;
  readonly pkru: number | null;
  /** What was in the vector registers; null for a task without a user half. */
  readonly vectors: SavedVectors | null;
}

export interface SavedVectors {
  /** They were the task's, and newer than those in memory. */
  readonly live: boolean;
  readonly bytes: Uint8Array;
  /** Saved by XSAVE or XSAVES, not by FXSAVE. */
  readonly xsave: boolean;
  readonly physical: Phys;
}

/** Null where the CPU saved nothing: it was offline, or could not be reached. A fault where it did not come to the end. */
export function readPanicSlot(memory: PhysicalMemory, area: PanicArea, cpu: number): PanicSlot | null {
  if (cpu >= area.slots) return null;
  const at = (area.physical + area.slotsOffset + cpu * area.slotBytes) as Phys;
  const state = memory.u32(at + SLOT.state);
  if (state === SLOT_STATE.empty) return null;
  const refuse = (why: string): never => {
    throw new Fault('corrupt', `panic area, CPU ${cpu}: ${why}`, 'physical', at);
  };
  if (state !== SLOT_STATE.saved) refuse(state === SLOT_STATE.writing ? 'cut short' : `state ${state}`);
  const used = memory.u32(at + SLOT.bytes);
  if (used < VECTORS_OFFSET || used > area.slotBytes) refuse(`${used} bytes in use`);
  const bytes = memory.bytes(at, used);
  const view = new DataView(bytes.buffer, bytes.byteOffset, used);
  if (view.getUint32(SLOT.sum, true) !== panicSum(bytes.subarray(SLOT.cpu))) refuse('its checksum is wrong');
  if (view.getUint32(SLOT.cpu, true) !== cpu)
    refuse(`it says that it is CPU ${view.getUint32(SLOT.cpu, true)}`);
  if (view.getUint32(SLOT.xsave_bytes, true) > used - VECTORS_OFFSET)
    refuse('vector registers beyond its end');
  return decode(view, area, at);
}

function decode(view: DataView, area: PanicArea, at: Phys): PanicSlot {
  const u32 = (name: keyof typeof SLOT) => view.getUint32(SLOT[name], true);
  const u64 = (name: keyof typeof SLOT) => view.getBigUint64(SLOT[name], true);
  const has = (flag: keyof typeof SLOT_FLAG) => (u32('flags') & SLOT_FLAG[flag]) !== 0;
  const words =
    (from: 'user' | 'kernel'): RegisterWords =>
    (name) =>
      view.getBigUint64(SLOT[from] + PT_REGS[name] * 8, true);
  const length = u32('xsave_bytes');
  const vectors: SavedVectors = {
    live: has('vectors'),
    bytes: new Uint8Array(view.buffer, view.byteOffset + VECTORS_OFFSET, length),
    xsave: area.xsaveFormat !== XSAVE_FORMAT.fxsave,
    physical: (at + VECTORS_OFFSET) as Phys,
  };
  return {
    cpu: u32('cpu'),
    tid: u32('tid'),
    task: u64('task'),
    inUser: has('in_user'),
    user: has('registers') ? words('user') : null,
    kernel: has('in_user') ? null : words('kernel'),
    fsBase: has('fs_base') ? u64('fs_base') : null,
    gsBase: has('gs_base') ? u64('gs_base') : null,
    pkru: has('pkru') ? u32('pkru') : null,
    vectors: length === 0 ? null : vectors,
  };
}
