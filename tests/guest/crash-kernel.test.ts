// A guest that dies with a crash kernel loaded: the crash kernel runs, in its reservation, until it dies as well. One
// image with two dead kernels.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBuild } from '../../src/lab/build.js';
import { captureGuest } from '../../src/lab/capture.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { readTruth, type Truth, textOf } from '../../src/lab/truth.js';
import { type Dump, openDump } from '../../src/parsers/dump.js';
import { machineOf } from '../../src/parsers/parts/machine.js';
import { systemOf } from '../../src/parsers/parts/system.js';

const possible = canBuild() && CAPTURE_PROGRAMS.every((name) => hasProgram(name));
const out = mkdtempSync(join(tmpdir(), 'ow-crash-'));
const capture = join(out, 'capture');
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe.runIf(possible)('a bookworm guest with a crash kernel loaded', () => {
  const dumps: Dump[] = [];
  let truth: Truth;
  const open = (kernel?: 'dead' | 'crash') => {
    const dump = openDump(join(capture, 'dump.raw'), { noCache: true, kernel });
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
    const panics = readFileSync(join(capture, 'console.log'), 'latin1').match(
      /Kernel panic - not syncing: .*/g,
    );
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
    const [main, crash] = [open('dead'), open('crash')];
    expect(crash.kernel.location.release).toBe(main.kernel.location.release);
    const [reserved] = systemOf(main).crashReservations;
    const base = crash.kernel.mem.translate(crash.kernel.symbol('_text'));
    expect(base).toBeGreaterThanOrEqual(reserved?.start ?? Number.NaN);
    expect(base).toBeLessThan(reserved?.end ?? Number.NaN);
    expect(systemOf(crash).commandLine).toContain('nr_cpus=1');
    // It got no further than looking for its root.
    expect(crash.tasks.filter(({ pid, kernelThread }) => pid > 1 && !kernelThread)).toEqual([]);
  });
});
