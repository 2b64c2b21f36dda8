// The whole loop on a real guest: its kernel panics, and what ran on it runs on. The oracles are programs in the guest:
// one types on in the editors and compares what they save with what was typed, the victims check themselves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportRun } from '../../src/cli/commands/lab-run-report.js';
import type { RunReport } from '../../src/cli/records.js';
import { explainResurrection } from '../../src/guard/explain.js';
import { canBuild } from '../../src/lab/build.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { unexpected, verdictsOf } from '../../src/lab/known-limits.js';
import { type LoopOptions, runLoop } from '../../src/lab/loop.js';
import type { Run } from '../../src/lab/run.js';
import { parseSuite } from '../../src/lab/suites.js';
import { VERDICT } from '../../src/resurrect/abi/records/processes.js';
import { firedByVictim, NAMESPACE, processFaults } from '../abi/fault-points.js';

const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make', 'qemu-img'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-resurrect-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const loop = (name: string, workloads: string[], append: string, more: Partial<LoopOptions> = {}) =>
  runLoop({
    ...{ suite, out: join(dir, name), workloads, append },
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...more,
  });

const consoleOf = (run: Run) => readFileSync(join(run.dir, 'console.log'), 'latin1');

describe.runIf(possible)(`editors on ${suite}, whose kernel panics`, () => {
  let run: Run;
  let report: RunReport;
  beforeAll(async () => {
    run = await loop('editors', ['editors'], 'ow.after=/otherworld/after/editors.sh');
    report = reportRun(run.dir, run.resurrection, true);
  });

  test('the kernel did panic, and another booted', () => {
    const text = consoleOf(run);
    const panic = text.indexOf('Kernel panic - not syncing: sysrq triggered crash');
    expect(panic).toBeGreaterThan(0);
    expect(text.slice(panic)).toMatch(/Linux version [\s\S]*ow\.resurrect=1/);
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
    const { passed, failed } = verdictsOf(run.resurrection.said);
    expect([...failed.values()]).toEqual([]);
    expect(passed).toEqual(expect.arrayContaining(['vi-file', 'joe-file']));
    expect(run.resurrection.after).toBe(0);
  });

  test('the plan holds in the memory afterwards', () => {
    expect(report.unverified).toBeNull();
    const differing = report.processes.filter(
      // Who does not go on ends: whether its parent has noticed by then is a race.
      ({ verdict, verified }) => verified === 'differs' || (verified === 'gone' && verdict === 'continues'),
    );
    expect(differing).toEqual([]);
    expect(report.good).toBe(true);
  });

  test('there is a login on the console, under the name of the dead host', () => {
    expect(consoleOf(run)).toMatch(/Debian GNU.Linux [\s\S]*otherworld login: /);
  });

  test('every step has an entry in the journal', () => {
    const steps = explainResurrection(run.resurrection)?.journal?.steps ?? [];
    expect(steps.length).toBeGreaterThan(100);
    expect(steps.filter(({ outcome }) => outcome === 'not reached' || outcome === 'started')).toEqual([]);
  });

  test('the plan was made before the crash kernel was up', () => {
    const names = run.resurrection.stages.map(({ name }) => name);
    expect(names.filter((name) => name === 'plan made' || name === 'hello')).toEqual(['plan made', 'hello']);
    expect(report.interruption).toBeGreaterThan(0);
  });

  test('the next death has no use for that plan: it is refused, and the system starts as after a reboot', async () => {
    const next = await loop('refused', ['editors'], 'ow.init=/otherworld/bin/init ow.panic=none', {
      guard: { offer: run.resurrection.plan as Uint8Array },
      lingerSeconds: 15,
      noSnapshot: true,
    });
    expect(next.resurrection).toMatchObject({ outcome: 'refused', journal: null });
    expect(next.resurrection.reason).toMatch(/: the plan is for another (boot|machine, or another death)/);
    const crash = consoleOf(next).split('nothing is resurrected: ')[1] ?? '';
    expect(crash).toContain('the plan is for another');
    expect(crash).toContain('ow: guest up');
  });
});

describe.runIf(possible)(`victims on ${suite}, whose kernel panics`, () => {
  // Processes of one victim fail, each at another point; it tells what became of the others.
  const points = firedByVictim();
  const faults = points.map((point) => `${point}@${point}`).join(',');

  // Again where one failed: some measure time, on a processor that is emulated on a busy machine. What is broken fails twice.
  test('each finds its state as it was, and who fails costs nobody else', { retry: 1 }, async () => {
    const append = `ow.after=/otherworld/after/victims.sh ow.fault=${faults}`;
    const run = await loop('victims', ['victims'], append, { noSnapshot: true });
    expect(run.resurrection.outcome).toBe('resurrected');
    const verdicts = verdictsOf(run.resurrection.said);
    expect(unexpected(suite, verdicts)).toEqual([]);
    expect(verdicts.passed.length).toBeGreaterThanOrEqual(150);
    const said = run.resurrection.said.map((line) => line.replaceAll(/ +/g, ' '));
    expect(said).toContain(`contained PASS ${points.join(' ')}`);
    expect(lostIn(run).sort()).toEqual(expected.sort());
  });

  const expected = points.map((point) => {
    if (point === NAMESPACE) return `${point} make_namespace EOPNOTSUPP`;
    const operation = processFaults().find(({ name }) => name === point)?.operation;
    return `${point} ${operation} ${point === 'make_process' ? 'EAGAIN' : 'EIO'}`;
  });

  /** By the journal: who is lost, by what, with which error. */
  function lostIn({ resurrection }: Run): string[] {
    const explained = explainResurrection(resurrection);
    const { processes = [], steps = [] } = explained?.journal ?? {};
    const continues = (index: number) => explained?.plan.process[index]?.verdict === VERDICT.continues;
    return processes
      .filter(({ outcome }, index) => outcome === 'lost' && continues(index))
      .map(({ name, step }) => `${name} ${steps[step ?? 0]?.operation} ${steps[step ?? 0]?.error}`);
  }
});

describe.runIf(possible)(`a crash kernel on ${suite} that gets no plan`, () => {
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

describe.runIf(possible)(`what comes before all processes fails on ${suite}`, () => {
  test('the plan is refused: nothing of it is done, and the system starts as after a reboot', async () => {
    const append = 'ow.init=/otherworld/bin/init ow.panic=none ow.fault=check_machine';
    const run = await loop('refused', ['editors'], append, { lingerSeconds: 15 });
    expect(run.resurrection).toMatchObject({ outcome: 'refused', journal: null });
    expect(run.resurrection.plan).not.toBeNull();
    const crash = consoleOf(run).split('nothing is resurrected: ')[1] ?? '';
    expect(crash).toContain('the plan is not taken: Input/output error');
    expect(crash).toContain('ow: guest up');
  });

  test('the clocks begin anew: it is in the journal, and all run on', async () => {
    const more = { noSnapshot: true, guard: { selectors: ['cat'] } };
    const run = await loop('clocks', ['editors'], 'ow.fault=set_clocks', more);
    expect(run.resurrection.outcome).toBe('resurrected');
    const { steps = [], processes = [] } = explainResurrection(run.resurrection)?.journal ?? {};
    const failed = steps.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ operation, error }) => [operation, error])).toEqual([['set_clocks', 'EIO']]);
    expect(processes.length).toBeGreaterThan(0);
    expect(new Set(processes.map(({ outcome }) => outcome))).toEqual(new Set(['runs']));
  });
});
