// A guest that dies with a crash kernel loaded: the crash kernel runs, in its reservation, until it dies as well. One
// image with two dead kernels.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { canBuild } from '../../src/lab/build.js';
import { captureGuest } from '../../src/lab/capture.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { readTruth, type Truth, textOf } from '../../src/lab/truth.js';
import { type Dump, type OpenOptions, openDump } from '../../src/parsers/dump.js';
import { machineOf } from '../../src/parsers/parts/machine.js';
import { systemOf } from '../../src/parsers/parts/system.js';
import { readEverything } from '../../src/parsers/read-everything.js';

const possible = canBuild() && CAPTURE_PROGRAMS.every((name) => hasProgram(name));
const out = mkdtempSync(join(tmpdir(), 'ow-crash-'));
const capture = join(out, 'capture');
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe.runIf(possible)('a bookworm guest with a crash kernel loaded', () => {
  const dumps: Dump[] = [];
  let truth: Truth;
  const consoleText = () => readFileSync(join(capture, 'console.log'), 'latin1');
  const open = (options: OpenOptions = {}) => {
    const dump = openDump(join(capture, 'dump.raw'), { noCache: true, ...options });
    dumps.push(dump);
    return dump;
  };

  beforeAll(async () => {
    const machine = { ramBytes: 768 << 20, workloads: [], panic: 'kexec' } as const;
    await captureGuest({ suite: 'bookworm', out: capture, machine });
    truth = readTruth(join(capture, 'truth.json'));
  });
  afterAll(() => {
    for (const dump of dumps) dump.close();
  });

  test('it was loaded, and ran', () => {
    expect(textOf(truth.system['/sys/kernel/kexec_crash_loaded'])).toBe('1\n');
    const panics = consoleText().match(/Kernel panic - not syncing: .*/g);
    expect(panics?.[0]).toContain('sysrq triggered crash');
    expect(panics?.length).toBeGreaterThan(1);
  });

  test('the dump is the main kernel’s, with the crash kernel’s segments in the reservation', () => {
    const dump = open();
    expect(systemOf(dump).panic.message ?? '').toContain('sysrq triggered crash');
    const [reserved] = systemOf(dump).crashReservations;
    expect(reserved && reserved.end - reserved.start).toBe(
      Number(textOf(truth.system['/sys/kernel/kexec_crash_size'])),
    );
    const image = machineOf(dump).crashImage;
    expect(image?.byFile).toBe(true);
    expect(image?.segments.length).toBeGreaterThan(2);
    for (const { start, end } of image?.segments ?? []) {
      expect(start).toBeGreaterThanOrEqual(reserved?.start ?? Number.NaN);
      expect(end).toBeLessThanOrEqual(reserved?.end ?? Number.NaN);
    }
    const theirs = Object.keys(truth.processes).map(Number);
    const ours = new Set(dump.tasks.filter(({ leader }) => leader).map(({ pid }) => pid));
    expect(theirs.filter((pid) => !ours.has(pid))).toEqual([]);
    expect(dump.kernel.faults.records).toEqual([]);
  });

  test('or the crash kernel’s, where that is asked for', () => {
    const [dead, crash] = [open({ kernel: 'dead' }), open({ kernel: 'crash' })];
    expect(crash.kernel.location.release).toBe(dead.kernel.location.release);
    const [reserved] = systemOf(dead).crashReservations;
    const inside = (at: number) =>
      at >= (reserved?.start ?? Number.NaN) && at < (reserved?.end ?? Number.NaN);
    const physical = (address: Kva) => crash.kernel.mem.translate(address);
    expect(inside(physical(crash.kernel.symbol('_text')))).toBe(true);
    expect(systemOf(crash).commandLine).toContain('nr_cpus=1');
    // Its tasks are in its own memory, all of them.
    expect(
      crash.tasks.map(({ address }) => physical(crash.address(address))).filter((at) => !inside(at)),
    ).toEqual([]);
    expect(
      crash.tasks.filter(({ pid, kernelThread }) => pid === 2 && kernelThread).map(({ comm }) => comm),
    ).toEqual(['kthreadd']);
    // It got no further than looking for its root.
    expect(crash.tasks.filter(({ pid, kernelThread }) => pid > 1 && !kernelThread)).toEqual([]);
    // What it said of itself when it died, behind what the dead kernel said.
    const said = [...consoleText().matchAll(/CPU: (\d+) PID: (\d+) Comm: (\S+)/g)].at(-1);
    const [last] = crash.tasks.filter(({ onCpu, idle }) => onCpu && !idle);
    expect([last?.cpu, last?.pid, last?.comm].map(String)).toEqual(said?.slice(1));
    expect(crash.kernel.faults.records).toEqual([]);
  });

  test('neither needs memory that the other one writes to', () => {
    const [whole, crashWhole] = [open({ kernel: 'dead' }), open({ kernel: 'crash' })];
    const reserved = systemOf(whole).crashReservations;
    const low = { start: 0, end: 1 << 20 };
    // The crash kernel has the first MiB too: the one that died keeps nothing there (6f599d84231f, 5.5).
    const dead = open({ without: [low, ...reserved] });
    const crash = open({ kernel: 'crash', within: [low, ...reserved] });
    for (const dump of [dead, crash]) {
      readEverything(dump);
      expect(dump.kernel.faults.records).toEqual([]);
    }
    expect(dead.kernel.location.banner).toBe(whole.kernel.location.banner);
    expect(dead.tasks).toEqual(whole.tasks);
    expect(crash.tasks).toEqual(crashWhole.tasks);
    expect(crash.tasks.length).toBeLessThan(dead.tasks.length);
  });
});
