// The whole loop on a real guest: its kernel panics, and what ran on it runs on. The oracles are programs in the guest:
// one types on in the editors and compares what they save with what was typed, the victims check themselves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunReport, reportRun } from '../../src/cli/commands/lab-run-report.js';
import { canBuild } from '../../src/lab/build.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { type Run, type RunOptions, runGuest } from '../../src/lab/run.js';
import { parseSuite } from '../../src/lab/suites.js';

const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make', 'qemu-img'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-resurrect-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The module is for 6.1 and later. */
const supported = suite !== 'bullseye';

/** Once more where the emulated guest broke before its panic: QEMU 7.2 and text patching on two processors. */
async function loop(name: string, work: string[], append: string, more: Partial<RunOptions> = {}) {
  try {
    return await run(name, work, append, more);
  } catch (error) {
    if (!String(error).includes('before it was armed')) throw error;
    return run(name, work, append, more);
  }
}

function run(name: string, work: string[], append: string, more: Partial<RunOptions>): Promise<Run> {
  return runGuest({
    suite,
    out: join(dir, name),
    machine: { workloads: work },
    kit: { panic: 'sysrq', record: false, append },
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...more,
  });
}

const consoleOf = (run: Run) => readFileSync(join(run.dir, 'console.log'), 'latin1');
/** What the programs in the guest say of themselves: `PASS name`, or `name PASS`. */
const lines = (run: Run, verdict: RegExp) =>
  run.resurrection.said.filter((line) => verdict.test(line)).map((line) => line.replaceAll(/ +/g, ' '));
const PASSED = /^PASS |^\S+ +PASS\b/;
const FAILED = /^(FAIL|LOST) |^\S+ +(FAIL|LOST)\b/;

describe.runIf(possible && supported)(`editors on ${suite}, whose kernel panics`, () => {
  let run: Run;
  let report: RunReport;
  beforeAll(async () => {
    run = await loop('editors', ['editors'], 'ow.after=/otherworld/after/editors.sh');
    report = reportRun(run.dir, run.resurrection, true);
  });

  test('the kernel did panic, and another booted', () => {
    const text = consoleOf(run);
    expect(text).toContain('Kernel panic - not syncing: sysrq triggered crash');
    expect(text.split('Linux version ').length - 1).toBeGreaterThan(0);
    expect(run.resurrection.release).toBe(run.guest.release);
  });

  test('all that was to go on does', () => {
    expect(run.resurrection).toMatchObject({ outcome: 'resurrected', reason: null, unknown: 0 });
    const names = report.processes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['tmux: server', 'vi', 'joe', 'less', 'sh']));
    const stuck = report.processes.filter(
      ({ verdict, outcome }) => verdict === 'continues' && outcome !== 'runs',
    );
    expect(stuck).toEqual([]);
  });

  test('every character typed before and after is in the files', () => {
    expect(lines(run, FAILED)).toEqual([]);
    expect(lines(run, PASSED)).toEqual(expect.arrayContaining(['PASS vi-file', 'PASS joe-file']));
    expect(run.resurrection.after).toBe(0);
  });

  test('the plan holds in the memory afterwards', () => {
    expect(report.unverified).toBeNull();
    const differing = report.processes.filter(
      ({ verified }) => verified === 'differs' || verified === 'gone',
    );
    expect(differing).toEqual([]);
    expect(report.good).toBe(true);
  });

  test('the plan was made before the crash kernel was up', () => {
    const names = run.resurrection.stages.map(({ name }) => name);
    expect(names.indexOf('plan made')).toBeLessThan(names.indexOf('hello'));
    expect(report.interruption).toBeGreaterThan(0);
  });
});

/** What is known not to come back: docs/limits.md says why of each. Whoever mends one takes it out here. */
const LIMITS = ['name-bytes', 'mqueue-notify', 'sysv-msg-sender'];

describe.runIf(possible && supported)(`victims on ${suite}, whose kernel panics`, () => {
  // Again where one failed: some measure time, on a processor that is emulated on a busy machine. What is broken fails twice.
  test('each finds its state as it was', { retry: 1 }, async () => {
    const run = await loop('victims', ['victims'], 'ow.after=/otherworld/after/victims.sh', {
      noSnapshot: true,
    });
    expect(run.resurrection.outcome).toBe('resurrected');
    const failed = lines(run, FAILED).filter((line) => !LIMITS.includes(line.split(' ')[0] ?? ''));
    expect(failed).toEqual([]);
    expect(lines(run, PASSED).length).toBeGreaterThanOrEqual(150);
  });
});

describe.runIf(possible && supported)(`a crash kernel on ${suite} that gets no plan`, () => {
  test('starts the system as after a reboot, and says so', async () => {
    const run = await loop('none', ['editors'], 'ow.init=/otherworld/bin/init ow.panic=none', {
      guard: { selectors: ['no-such-program'] },
      lingerSeconds: 15,
    });
    expect(run.resurrection).toMatchObject({ outcome: 'no plan', plan: null, journal: null });
    expect(run.resurrection.reason).toContain('no-such-program');
    const crash = consoleOf(run).split('nothing is resurrected: ')[1] ?? '';
    expect(crash).toContain('no-such-program');
    expect(crash).toContain('ow: guest up');
  });
});
