import { beforeEach, describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { PANIC_STATE } from '../../../../src/parsers/panic-area/layout.js';
import { readFpu } from '../../../../src/parsers/threads/fpu.js';
import { savedAtPanic } from '../../../../src/parsers/threads/saved-at-panic.js';
import { readSegments } from '../../../../src/parsers/threads/segments.js';
import type { Task } from '../../../../src/snapshot/task.js';
import { type MadeArea, type MadeSlot, madePanicArea, slotOf } from '../../helpers/made-panic-area.js';
import { asleep, MadeThread } from './made-thread.js';

const MODULE = {
  list: 'list_head',
  name: 'char[56]',
  core_layout: 'module_layout',
  init_layout: 'module_layout',
};
const THREAD = {
  ...{ tls_array: 'u64[3]', sp: 'u64', es: 'u16', ds: 'u16', fsindex: 'u16', gsindex: 'u16' },
  ...{ fsbase: 'u64', gsbase: 'u64', fpu: 'fpu' },
};
const TIF_NEED_FPU_LOAD = 1 << 14;
/** FXSAVE areas: XMM0 of the first is 0x11…, of the second 0x22…. */
const [OLD, NEW] = [0x11, 0x22].map((byte) => new Uint8Array(512).fill(byte)) as [Uint8Array, Uint8Array];
const XMM = (byte: string) => byte.repeat(16);

class Machine extends MadeThread {
  area: Kva = 0 as Kva;
  running: Task = asleep();

  constructor() {
    super();
    this.types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('module_layout', { base: 'ptr', size: 'u32' })
      .struct('module', MODULE)
      .struct('rq', { curr: 'ptr' })
      .struct('cpuinfo_x86', { x86_capability: 'u32[24]' })
      .struct('fpregs_state', { bytes: 'u8[512]' })
      .struct('fpu', { last_cpu: 'u32', state: '@64 fpregs_state' })
      .struct('thread_struct', THREAD);
    this.thread({ thread: 'thread_struct' });
    this.symbol('boot_cpu_data', this.make('cpuinfo_x86'));
    this.symbol('switch_fpu_return', this.alloc(8));
    this.symbol('runqueues', this.make('rq', { curr: this.task }));
    const state = this.types.member('task_struct.thread.fpu.state')?.offset ?? 0;
    this.bytes((this.task + state) as Kva, OLD);
    this.enter({ ip: 0x401000, sp: 0x7ffd_0000_1000 });
    this.running = asleep({ onCpu: true, cpu: 0, address: `0x${this.bigAddress(this.task).toString(16)}` });
  }

  bigAddress(at: Kva): bigint {
    return BigInt.asUintN(64, BigInt(at));
  }

  /** Loads a module, and lays an area with what CPU 0 saved. */
  load(slot: Partial<MadeSlot>, { name = 'otherworld', symbol = true, ...wishes } = {} as Loading): this {
    const module = this.make('module', { name });
    const head = this.make('list_head');
    this.symbol('modules', head);
    this.list(head, [module]);
    this.area = this.alloc(3 * 4096, 4096);
    const whole: MadeSlot = { tid: 7, task: this.bigAddress(this.task), flags: ['registers'], ...slot };
    const bytes = madePanicArea({ physical: this.phys(this.area), slots: [whole], ...wishes });
    wishes.damage?.(bytes);
    this.bytes(this.area, bytes);
    const variable = this.alloc(8);
    this.poke(variable, this.area);
    if (symbol) this.symbol('ow_panic_area', variable, 'otherworld');
    return this;
  }

  saved(task: Task = this.running) {
    return savedAtPanic(this.kernel(), task, this.task);
  }
}

interface Loading extends Partial<MadeArea> {
  readonly name?: string;
  readonly symbol?: boolean;
  readonly damage?: (area: Buffer) => void;
}

const IN_USER: Partial<MadeSlot> = {
  flags: ['in_user', 'registers', 'fs_base', 'gs_base', 'vectors'],
  user: { ip: 0x402000, cs: 0x33, ss: 0x2b, bx: 0xb0 },
  ...{ fsBase: 0x7f00_1111_0000n, gsBase: 0x77n, vectors: NEW },
};

describe('what a CPU saved at the panic', () => {
  let made: Machine;
  beforeEach(() => {
    made = new Machine();
  });

  test.each([true, false])('is found by the module’s symbol, or by its magic (symbol: %s)', (symbol) => {
    made.load(IN_USER, { symbol });
    expect(made.saved()).toMatchObject({
      registers: { source: 'saved at panic', mayBeStale: false, ip: '0x402000', bx: '0xb0', cs: 0x33 },
      ...{ fsBase: 0x7f00_1111_0000n, gsBase: 0x77n, pkru: null, vectors: { live: true, xsave: false } },
    });
    expect(made.faults.records).toEqual([]);
  });

  test('of a thread in the kernel are the registers that it was entered with', () => {
    made.symbol('ksys_read', 0xffff_8880_0000 as Kva);
    made.load({ user: { ip: 0x403000, cs: 0x33 }, kernel: { ip: -4096n, cs: 0x10 } });
    expect(made.saved()?.registers).toMatchObject({
      source: 'saved at panic',
      ip: '0x403000',
      mayBeStale: false,
    });
  });

  test('in entry code that tells nothing they may be older', () => {
    const text = made.alloc(64);
    made.symbol('__entry_text_start', text);
    made.symbol('entry_SYSENTER_compat', text);
    made.symbol('__entry_text_end', (text + 64) as Kva);
    made.load({
      user: { ip: 0x403000, cs: 0x33 },
      kernel: { ip: made.bigAddress((text + 9) as Kva), cs: 0x10 },
    });
    expect(made.saved()?.registers.mayBeStale).toBe(true);
  });

  describe('is not taken', () => {
    test('where the module is not loaded, nor searched for', () => {
      made.load(IN_USER, { name: 'ext4', symbol: false });
      expect(made.saved()).toBeNull();
    });

    test.each([PANIC_STATE.off, PANIC_STATE.armed])('before the panic (state %i)', (state) => {
      expect(made.load(IN_USER, { state }).saved()).toBeNull();
    });

    test('for a thread that was on no CPU, or another one', () => {
      made.load(IN_USER);
      expect(made.saved(asleep({ address: made.running.address }))).toBeNull();
      expect(made.saved({ ...made.running, cpu: 1 })).toBeNull();
      expect(made.saved({ ...made.running, tid: 8 })).toBeNull();
      expect(made.saved({ ...made.running, address: '0xffff888000009000' })).toBeNull();
    });

    test('while the CPU switched from one task to another', () => {
      const text = made.alloc(64);
      made.symbol('__switch_to', text);
      const ip = made.bigAddress((text + 8) as Kva);
      expect(made.load({ ...IN_USER, flags: ['registers'], kernel: { ip } }).saved()).toBeNull();
      const early = new Machine().load(IN_USER);
      expect(early.saved()).not.toBeNull();
      early.set(early.kernel().symbol('runqueues'), 'rq.curr', early.task + 64);
      expect(early.saved()).toBeNull();
    });

    test('where it is torn, or leads nowhere: with a fault', () => {
      made.load(IN_USER, { damage: (area) => slotOf(area, 0).writeUInt32LE(9, 60) });
      expect(made.saved()).toBeNull();
      const wild = new Machine().load(IN_USER);
      wild.poke(wild.kernel().symbols.addressInModules?.('ow_panic_area') as Kva, 0xffff_c900_1234_5000n);
      wild.hole(wild.area);
      expect(wild.saved()).toBeNull();
      for (const { faults } of [made, wild]) expect(faults.records[0]?.path[0]).toBe('panic area');
    });
  });
});

describe('with it', () => {
  const fpu = (made: Machine) => readFpu(made.kernel(), made.running, made.task, made.saved());
  const segments = (made: Machine) => readSegments(made.kernel(), made.running, made.task, made.saved());

  test('vector registers that were in the CPU are known', () => {
    const made = new Machine();
    expect(fpu(made)).toMatchObject({ source: 'fpstate', inCpu: true });
    made.load(IN_USER);
    const found = fpu(made);
    expect(found).toMatchObject({ source: 'saved at panic', inCpu: false, format: 'fxsave' });
    expect(found.vectors[0]).toBe(XMM('22'));
  });

  test('those that the kernel had put away for its own use are taken from there', () => {
    const made = new Machine().load({ ...IN_USER, flags: ['registers'], kernel: { ip: -4096n } });
    made.set(made.task, 'task_struct.thread_info.flags', TIF_NEED_FPU_LOAD);
    expect(fpu(made)).toMatchObject({ source: 'fpstate', inCpu: false });
    expect(fpu(made).vectors[0]).toBe(XMM('11'));
  });

  test.each([
    ['save_fpregs_to_fpstate', 'saved at panic', false],
    ['kernel_fpu_begin_mask', 'fpstate', true],
  ])('unless it was about to: in %s', (name, source, inCpu) => {
    const made = new Machine();
    const text = made.alloc(64);
    made.symbol(name, text);
    made.load({ ...IN_USER, flags: ['registers'], kernel: { ip: made.bigAddress((text + 4) as Kva) } });
    made.set(made.task, 'task_struct.thread_info.flags', TIF_NEED_FPU_LOAD);
    expect(fpu(made)).toMatchObject({ source, inCpu });
  });

  test('bases are the CPU’s, as far as it had them', () => {
    const made = new Machine().load(IN_USER);
    made.set(made.task, 'task_struct.thread.gsbase', 0x55);
    expect(segments(made)).toMatchObject({
      ...{ fsBase: '0x7f0011110000', gsBase: '0x77', source: 'saved at panic', mayBeStale: false },
    });
    const part = new Machine().load({ ...IN_USER, flags: ['in_user', 'registers', 'fs_base'] });
    part.set(part.task, 'task_struct.thread.gsbase', 0x55);
    expect(segments(part)).toMatchObject({ fsBase: '0x7f0011110000', gsBase: '0x55', mayBeStale: true });
  });
});
