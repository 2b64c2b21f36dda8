import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readFpu } from '../../../../src/parsers/threads/fpu.js';
import { laid, words } from './made-process.js';
import { asleep, MadeThread } from './made-thread.js';

/** Components as a processor with AVX-512 and keys tells of them in CPUID.0xd. */
const SIZES = [0, 0, 256, 64, 64, 64, 512, 1024, 0, 8];
const OFFSETS = [0, 160, 576, 960, 1024, 1088, 1152, 1664, 0, 2688];
const ALIGNED = 2;
const FLAGS = [0, 0, 0, 0, 0, 0, ALIGNED, 0, 0, 0];
const XSAVE = 1 << 26;
const OSPKE = 1 << 4;

const ERAS = ['thread.fpu.state', 'thread.fpu.fpstate', 'behind task_struct'] as const;
type Era = (typeof ERAS)[number];

/** A task with these bytes in its area. */
function made(
  area: Uint8Array,
  { xsave = true, era = 'thread.fpu.fpstate' as Era, size = area.length } = {},
) {
  const kernel = new MadeThread();
  kernel.types
    .struct('fpregs_state', { bytes: 'u8[4096]' })
    .struct('cpuinfo_x86', { x86_capability: 'u32[24]' })
    .struct('fpstate', { size: 'u32', regs: '@64 fpregs_state' });
  if (era === 'thread.fpu.state') kernel.types.struct('fpu', { last_cpu: 'u32', state: '@64 fpregs_state' });
  else kernel.types.struct('fpu', { last_cpu: 'u32', fpstate: 'ptr' });
  if (era === 'behind task_struct') kernel.types.struct('thread_struct', { pkru: 'u32' });
  else kernel.types.struct('thread_struct', { pkru: 'u32', fpu: 'fpu' });
  kernel.thread({ thread: 'thread_struct' });
  place(kernel, era, area, size);
  machine(kernel, xsave);
  return kernel;
}

function place(kernel: MadeThread, era: Era, area: Uint8Array, size: number): void {
  if (era === 'thread.fpu.state') {
    const at = kernel.types.member('task_struct.thread.fpu.state')?.offset ?? 0;
    kernel.bytes((kernel.task + at) as Kva, area);
    const global = kernel.alloc(4);
    kernel.poke(global, size, 4);
    kernel.symbol('fpu_kernel_xstate_size', global);
    return;
  }
  const fpstate = kernel.make('fpstate', { size }, 64);
  kernel.bytes((fpstate + 64) as Kva, area);
  if (era === 'thread.fpu.fpstate') kernel.set(kernel.task, 'task_struct.thread.fpu.fpstate', fpstate);
  else {
    // alloc() gives what follows the task, as long as nothing was allocated since: make another task with room.
    const task = kernel.alloc((kernel.types.sizeOf('task_struct') ?? 0) + 64);
    kernel.task = task;
    const fpu = (task + (kernel.types.sizeOf('task_struct') ?? 0)) as Kva;
    kernel.set(fpu, 'fpu.fpstate', fpstate);
  }
}

function machine(kernel: MadeThread, xsave: boolean): void {
  const info = kernel.make('cpuinfo_x86');
  if (xsave) kernel.set(info, 'cpuinfo_x86.x86_capability', XSAVE, 4);
  if (xsave) kernel.set(info, 'cpuinfo_x86.x86_capability', OSPKE, 16);
  kernel.symbol('boot_cpu_data', info);
  kernel.symbol('switch_fpu_return', kernel.alloc(8));
  for (const [name, values] of Object.entries({ sizes: SIZES, offsets: OFFSETS, flags: FLAGS })) {
    const table = kernel.alloc(values.length * 4);
    kernel.bytes(table, new Uint8Array(Uint32Array.from(values).buffer));
    kernel.symbol(`xstate_${name}`, table);
  }
  kernel.symbol('behind_tables', kernel.alloc(8));
}

/** x87 control words, MXCSR, ST0 = 1.0, XMM1. */
const LEGACY = {
  0: new Uint8Array(Uint16Array.of(0x27f, 0x3800, 0x80, 0x1d9).buffer),
  24: new Uint8Array(Uint32Array.of(0x9fc0).buffer),
  32: new Uint8Array(Uint16Array.of(0, 0, 0, 0x8000, 0x3fff).buffer),
  176: words(0x1111_2222_3333_4444n, 0x5555_6666_7777_8888n),
};
const XMM1 = '55556666777788881111222233334444';
const fpu = (kernel: MadeThread, task = asleep()) => readFpu(kernel.kernel(), task, kernel.task, null);

test('FXSAVE: x87 and XMM, and nothing else', () => {
  const found = fpu(made(laid(512, LEGACY), { xsave: false, size: 0 }));
  expect(found).toMatchObject({ format: 'fxsave', xfeatures: null, mxcsr: 0x9fc0, pkru: null, opmask: [] });
  expect(found.x87).toMatchObject({ cwd: 0x27f, swd: 0x3800, twd: 0x80, fop: 0x1d9 });
  expect(found.x87.st[0]).toBe('3fff8000000000000000');
  expect(found.vectors).toHaveLength(16);
  expect(found.vectors[1]).toBe(XMM1);
});

describe.each(ERAS)('registers in %s', (era) => {
  test('are found', () => {
    const area = laid(2696, { ...LEGACY, 512: words(3) });
    expect(fpu(made(area, { era })).vectors[1]?.slice(-32)).toBe(XMM1);
  });
});

test('XSAVE, standard format: each component at its own offset, those in their initial state read as such', () => {
  const area = laid(2696, {
    ...LEGACY,
    512: words(0b100 | (1 << 5)),
    592: words(0xaaaa, 0xbbbb),
    1096: words(0xff00),
  });
  const found = fpu(made(area));
  expect(found).toMatchObject({ format: 'xsave', xfeatures: '0x24', xcompBv: '0x0', mxcsr: 0x9fc0 });
  expect(found.x87).toMatchObject({ cwd: 0x37f, swd: 0, twd: 0, st: Array(8).fill('0'.repeat(20)) });
  expect(found.vectors[1]).toBe(`${'0'.repeat(64)}000000000000bbbb000000000000aaaa${'0'.repeat(32)}`);
  expect(found.opmask[1]).toBe('0xff00');
  const parts = found.components.map(({ name, initial }) => `${name} ${initial}`);
  expect(parts).toEqual([
    ...['x87 true', 'SSE true', 'AVX false', 'BNDREGS true', 'BNDCSR true', 'AVX-512 opmask false'],
    ...['AVX-512 ZMM_Hi256 true', 'AVX-512 Hi16_ZMM true', 'PKRU true'],
  ]);
});

test('XSAVES: compacted, one behind the other, aligned where the processor says so', () => {
  const present = 0b111 | (1 << 5) | (1 << 6) | (1 << 7);
  const area = laid(2432 + 64, {
    ...LEGACY,
    512: words(present, (1n << 63n) | BigInt(present)),
    // AVX at 576, opmask at 832, ZMM_Hi256 aligned to 896, Hi16_ZMM at 1408.
    592: words(0xaaaa, 0xbbbb),
    840: words(0x77),
    928: words(1, 2, 3, 4),
    1408: words(9),
  });
  const found = fpu(made(area));
  expect(found.format).toBe('xsave compacted');
  expect(found.components.map(({ offset }) => offset)).toEqual([
    0,
    160,
    576,
    null,
    null,
    832,
    896,
    1408,
    null,
  ]);
  const quads = ['4', '3', '2', '1', 'bbbb', 'aaaa'].map((each) => each.padStart(16, '0')).join('');
  expect(found.vectors).toHaveLength(32);
  expect(found.vectors[1]).toBe(quads + XMM1);
  expect(found.vectors[16]).toBe('9'.padStart(128, '0'));
  expect(found.opmask[1]).toBe('0x77');
});

test('XSAVES leaves an initial MXCSR out', () => {
  const area = laid(2496, { ...LEGACY, 512: words(0b100, (1n << 63n) | 0b111n) });
  expect(fpu(made(area)).mxcsr).toBe(0x1f80);
});

test('PKRU is the thread’s own', () => {
  const kernel = made(laid(2696, { 512: words(0) }));
  kernel.set(kernel.task, 'task_struct.thread.pkru', 0x5555_5550);
  expect(fpu(kernel).pkru).toBe(0x5555_5550);
});

test('of a thread on a CPU the registers may be there, by TIF_NEED_FPU_LOAD', () => {
  const running = asleep({ onCpu: true });
  const kernel = made(laid(2696, { 512: words(3) }));
  expect(fpu(kernel).inCpu).toBe(false);
  expect(fpu(kernel, running).inCpu).toBe(true);
  kernel.set(kernel.task, 'task_struct.thread_info.flags', 1 << 14);
  expect(fpu(kernel, running).inCpu).toBe(false);
});

test('the flag’s bit is the one that kthreadd has', () => {
  const kernel = made(laid(2696, { 512: words(3) }));
  const pointer = kernel.alloc(8);
  kernel.poke(pointer, kernel.make('task_struct', { 'thread_info.flags': 1 << 19 }));
  kernel.symbol('kthreadd_task', pointer);
  kernel.set(kernel.task, 'task_struct.thread_info.flags', 1 << 14);
  expect(fpu(kernel, asleep({ onCpu: true })).inCpu).toBe(true);
});

test('an area of an impossible size is a fault', () => {
  expect(() => fpu(made(laid(2696, {}), { size: 0x7fff_ffff }))).toThrow('an XSAVE area of 2147483647 bytes');
});
