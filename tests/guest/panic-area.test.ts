// A guest that panics while a program on another CPU counts in its registers: with what otherworld.ko saved, the engine knows
// what that program held. The oracle is the program itself, which said so on the console.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBare } from '../../src/lab/bare.js';
import { buildGuest, canBuild, type Guest } from '../../src/lab/build.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { buildModule } from '../../src/lab/module.js';
import { parseSuite } from '../../src/lab/suites.js';
import { type Dump, openDump } from '../../src/parsers/dump.js';
import { panicArea } from '../../src/parsers/panic-area/find.js';
import { PANIC_STATE } from '../../src/parsers/panic-area/layout.js';
import { readPanicSlot } from '../../src/parsers/panic-area/slot.js';
import { threadOf } from '../../src/parsers/parts/threads.js';
import type { Task } from '../../src/snapshot/task.js';
import type { Thread } from '../../src/snapshot/thread.js';

const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const out = mkdtempSync(join(tmpdir(), 'ow-panic-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));
const SOURCE = new URL('./panic-area/init.c', import.meta.url).pathname;

const END = /---\[ end Kernel panic/;
/** The crash kernel dies too, of having no root: `end` comes from it alone. */
const WAYS = [
  {
    way: 'into a crash kernel',
    append: 'crashkernel=192M way=kexec',
    cpu: 'Nehalem',
    state: PANIC_STATE.left,
  },
  { way: 'without one', append: '', cpu: 'Haswell', state: PANIC_STATE.saving },
];
const GENERAL = ['r8', 'r9', 'r12', 'r15'] as const;

const ATTEMPTS = 2;

function savedCpus({ kernel }: Dump): number {
  const area = panicArea(kernel);
  if (area === null) return 0;
  const cpus = Array.from({ length: area.slots }, (_, cpu) => cpu);
  return cpus.filter((cpu) => readPanicSlot(kernel.mem.physical, area, cpu) !== null).length;
}

/** Where a thread's state is to be taken from: what is off its CPU is in memory, as ever. */
const sources = (task: Task) => (task.onCpu ? SAVED : ASLEEP);
const SAVED = { registers: 'saved at panic', bases: 'saved at panic', vectors: 'saved at panic' };
const ASLEEP = { registers: 'kernel stack', bases: 'thread_struct', vectors: 'fpstate' };

describe.runIf(possible)(`a ${suite} guest with otherworld.ko loaded`, () => {
  let guest: Guest;
  let module: string;
  beforeAll(async () => {
    guest = await buildGuest({ suite });
    module = (await buildModule(guest)).file;
  });

  describe.each(WAYS)('that panics $way', ({ append, cpu, state }) => {
    let console = '';
    let dump: Dump;
    beforeAll(async () => {
      const ram = join(out, `${cpu}.raw`);
      const files = { 'otherworld.ko': module };
      const machine = { cpu, cpus: 3, ramBytes: 640 << 20, append };
      // The kernel waits a second for its other CPUs: on a busy host that may be too short.
      for (let attempt = 1; ; attempt++) {
        console = await runBare(guest, { ...machine, init: SOURCE, files, ram, until: END });
        dump = openDump(ram, { noCache: true });
        if (attempt === ATTEMPTS || savedCpus(dump) === machine.cpus) break;
        dump.close();
      }
    });
    afterAll(() => dump?.close());

    const said = (pattern: RegExp) => pattern.exec(console)?.[1] ?? '';
    const taskBy = (name: string): Task => {
      const tid = Number(said(new RegExp(`^${name} pid (\\d+)`, 'm')));
      const task = dump.tasks.find((each) => each.tid === tid);
      if (task === undefined) throw new Error(`no task ${tid}`);
      return task;
    };
    const threadBy = (name: string): Thread => threadOf(dump, taskBy(name));

    test('the area is found, and says how far the panic came', () => {
      expect(panicArea(dump.kernel)).toMatchObject({ state, panicCpu: 0, slots: 3, release: guest.release });
      expect(dump.kernel.faults.records).toEqual([]);
    });

    test('what the program on the other CPU held is known', ({ skip }) => {
      const { registers, segments, fpu } = threadBy('spinner');
      const from = sources(taskBy('spinner'));
      expect(registers?.source).toBe(from.registers);
      if (registers === null || fpu === null || registers.mayBeStale)
        return skip('stopped in entry code that tells nothing of its registers');
      for (const name of GENERAL)
        expect([name, registers[name]]).toEqual([
          name,
          `0x${said(new RegExp(`^spinner .* ${name} ([0-9a-f]+)`, 'm'))}`,
        ]);
      const [fs, gs] = [said(/^spinner .* fs ([0-9a-f]+)/m), said(/^spinner .* gs ([0-9a-f]+)/m)];
      expect(segments).toMatchObject({ fsBase: `0x${fs}`, gsBase: `0x${gs}`, source: from.bases });
      expect(fpu).toMatchObject({ source: from.vectors, inCpu: false });
      const told = [...console.matchAll(/^spinner xmm(\d+) ([0-9a-f]{32})/gm)];
      expect(told.length).toBe(14);
      for (const [, n, value] of told) expect([n, fpu.vectors[Number(n)]?.slice(-32)]).toEqual([n, value]);
    });

    test('to the very step at which it was', ({ skip }) => {
      const { registers, fpu } = threadBy('spinner');
      if (registers === null || registers.mayBeStale) return skip('stopped in entry code that tells nothing');
      const counted = fpu?.vectors[0]?.slice(-32) ?? '';
      const [fast, slow] = [BigInt(`0x${counted.slice(0, 16)}`), BigInt(`0x${counted.slice(16)}`)];
      expect(slow).toBeGreaterThan(1000n);
      expect(fast).toBe(slow * 256n);
      // Between the two instructions bx is one ahead.
      expect([slow, slow + 1n]).toContain(BigInt(registers.bx));
    });

    test('and of the program that panicked, in its system call', () => {
      const task = dump.tasks.find(({ tid }) => tid === 1);
      if (task === undefined) throw new Error('no init');
      const { registers, segments, syscall, fpu } = threadOf(dump, task);
      expect([registers?.source, segments?.source]).toEqual(['saved at panic', 'saved at panic']);
      expect(registers?.mayBeStale).toBe(false);
      expect(fpu).toMatchObject({ source: 'saved at panic', inCpu: false });
      expect(syscall).toMatchObject({ name: 'write', nr: 1 });
    });

    test('what makes system calls without end was in none, or in that one', () => {
      const { registers, syscall } = threadBy('caller');
      expect([null, 'getppid']).toContain(syscall?.name);
      expect(registers?.cs).toBe(0x33);
    });
  });
});
