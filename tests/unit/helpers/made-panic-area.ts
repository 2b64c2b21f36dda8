// The area of a panic, made up: header and slots as kernel/module/panic_save.c would leave them.

import {
  AREA,
  AREA_BYTES,
  PANIC_MAGIC,
  PANIC_STATE,
  PANIC_VERSION,
  PT_REGS,
  panicSum,
  SLOT,
  SLOT_FLAG,
  SLOT_STATE,
  VECTORS_OFFSET,
  XSAVE_FORMAT,
} from '../../../src/parsers/panic-area/layout.js';

type Registers = Partial<Record<keyof typeof PT_REGS, number | bigint>>;

export interface MadeSlot {
  readonly tid: number;
  readonly task: number | bigint;
  readonly flags: readonly (keyof typeof SLOT_FLAG)[];
  readonly user?: Registers;
  readonly kernel?: Registers;
  readonly fsBase?: bigint;
  readonly gsBase?: bigint;
  readonly pkru?: number;
  readonly vectors?: Uint8Array;
}

export interface MadeArea {
  readonly physical: number;
  readonly address?: bigint;
  readonly state?: number;
  readonly format?: number;
  /** By CPU; null for one that saved nothing. */
  readonly slots: readonly (MadeSlot | null)[];
}

const SLOT_BYTES = 4096;
export const FIRST_SLOT = AREA_BYTES;

export function madePanicArea(made: MadeArea): Buffer {
  const { physical, slots } = made;
  const bytes = Buffer.alloc(Math.ceil((FIRST_SLOT + slots.length * SLOT_BYTES) / 4096) * 4096);
  bytes.write(PANIC_MAGIC, 'latin1');
  bytes.writeUInt32LE(PANIC_VERSION, AREA.version);
  bytes.writeBigUInt64LE(BigInt(bytes.length), AREA.bytes);
  bytes.writeBigUInt64LE(BigInt(physical), AREA.physical);
  bytes.writeBigUInt64LE(made.address ?? 0xffff_8880_0000_0000n + BigInt(physical), AREA.address);
  bytes.writeUInt32LE(FIRST_SLOT, AREA.slots_offset);
  bytes.writeUInt32LE(SLOT_BYTES, AREA.slot_bytes);
  bytes.writeUInt32LE(slots.length, AREA.slots);
  bytes.writeUInt32LE(made.format ?? XSAVE_FORMAT.fxsave, AREA.xsave_format);
  bytes.writeUInt32LE(512, AREA.xsave_bytes);
  bytes.write('6.1.0-made', AREA.release, 'latin1');
  bytes.writeUInt32LE(made.state ?? PANIC_STATE.left, AREA.state);
  sealArea(bytes);
  for (const [cpu, slot] of slots.entries()) if (slot !== null) writeSlot(slotOf(bytes, cpu), cpu, slot);
  return bytes;
}

/** The bytes of a CPU's slot. */
export function slotOf(area: Buffer, cpu: number): Buffer {
  return area.subarray(FIRST_SLOT + cpu * SLOT_BYTES, FIRST_SLOT + (cpu + 1) * SLOT_BYTES);
}

/** Makes the header's checksum right again. */
export function sealArea(bytes: Buffer): void {
  bytes.writeUInt32LE(panicSum(bytes.subarray(AREA.bytes, AREA.state)), AREA.sum);
}

/** Likewise a slot's. */
export function sealSlot(slot: Buffer): void {
  slot.writeUInt32LE(panicSum(slot.subarray(SLOT.cpu, slot.readUInt32LE(SLOT.bytes))), SLOT.sum);
}

function writeSlot(to: Buffer, cpu: number, slot: MadeSlot): void {
  const vectors = slot.vectors ?? new Uint8Array();
  const flags = slot.flags.reduce((sum, name) => sum | SLOT_FLAG[name], 0);
  to.writeUInt32LE(SLOT_STATE.saved, SLOT.state);
  to.writeUInt32LE(cpu, SLOT.cpu);
  to.writeUInt32LE(VECTORS_OFFSET + vectors.length, SLOT.bytes);
  to.writeUInt32LE(flags, SLOT.flags);
  to.writeInt32LE(slot.tid, SLOT.tid);
  to.writeBigUInt64LE(BigInt.asUintN(64, BigInt(slot.task)), SLOT.task);
  for (const from of ['user', 'kernel'] as const) {
    for (const [name, value] of Object.entries(slot[from] ?? {})) {
      const at = SLOT[from] + PT_REGS[name as keyof typeof PT_REGS] * 8;
      to.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
    }
  }
  to.writeBigUInt64LE(slot.fsBase ?? 0n, SLOT.fs_base);
  to.writeBigUInt64LE(slot.gsBase ?? 0n, SLOT.gs_base);
  to.writeUInt32LE(slot.pkru ?? 0, SLOT.pkru);
  to.writeUInt32LE(vectors.length, SLOT.xsave_bytes);
  to.set(vectors, VECTORS_OFFSET);
  sealSlot(to);
}
