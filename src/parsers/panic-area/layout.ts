// What kernel/uapi/panic_area.h lays down, as far as it is read here; a test compiles the header and compares.

export const PANIC_MAGIC = 'OWAREA\r\n';
export const PANIC_VERSION = 1;

/** Byte offsets in struct ow_panic_area. */
export const AREA = {
  version: 8,
  sum: 12,
  bytes: 16,
  physical: 24,
  address: 32,
  slots_offset: 40,
  slot_bytes: 44,
  slots: 48,
  xsave_format: 52,
  xsave_bytes: 56,
  release: 72,
  state: 136,
  panic_cpu: 140,
  panicked: 144,
  left: 168,
} as const;
export const AREA_BYTES = 192;
export const RELEASE_BYTES = 64;

/** struct ow_panic_clocks. */
export const CLOCKS = { monotonic: 0, boottime: 8, realtime: 16 } as const;

/** enum ow_panic_state. */
export const PANIC_STATE = { off: 0, armed: 1, saving: 2, left: 3 } as const;

/** enum ow_panic_xsave_format. */
export const XSAVE_FORMAT = { fxsave: 1, xsave: 2, xsaves: 3 } as const;

/** Byte offsets in struct ow_panic_slot. */
export const SLOT = {
  state: 0,
  sum: 4,
  cpu: 8,
  bytes: 12,
  flags: 16,
  cause: 20,
  pid: 24,
  tid: 28,
  task: 32,
  monotonic: 40,
  user: 48,
  kernel: 216,
  fs_base: 384,
  gs_base: 392,
  pkru: 400,
  xsave_bytes: 404,
} as const;
export const VECTORS_OFFSET = 448;

/** enum ow_panic_slot_state. */
export const SLOT_STATE = { empty: 0, writing: 1, saved: 2 } as const;

/** OW_PANIC_… of a slot's `flags`. */
export const SLOT_FLAG = { in_user: 1, registers: 2, fs_base: 4, gs_base: 8, pkru: 16, vectors: 32 } as const;

/** struct pt_regs, as `user` and `kernel` have it: by index. */
export const PT_REGS = {
  ...{ r15: 0, r14: 1, r13: 2, r12: 3, bp: 4, bx: 5, r11: 6, r10: 7, r9: 8, r8: 9 },
  ...{ ax: 10, cx: 11, dx: 12, si: 13, di: 14, orig_ax: 15, ip: 16, cs: 17, flags: 18, sp: 19, ss: 20 },
} as const;

/** ow_panic_sum() of whole 32-bit words. */
export function panicSum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let a = 1;
  let b = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    a = (a + view.getUint32(at, true)) >>> 0;
    b = (b + a) >>> 0;
  }
  return (b ^ ((a << 16) | (a >>> 16))) >>> 0;
}
