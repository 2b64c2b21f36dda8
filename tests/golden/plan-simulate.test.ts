// Plans carried out in the model, on real memory: the journal, and core files in gdb against what the guest said of its
// threads. The committed captures hold the pages of some processes only; the others' lack is told by the journal.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAtomically } from '../../src/base/atomic-file.js';
import { DumpMemory } from '../../src/cli/plan/dump-memory.js';
import { isStable, textOf } from '../../src/lab/truth.js';
import { lazySnapshot } from '../../src/parsers/build-snapshot.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { VERDICT } from '../../src/resurrect/abi/records/processes.js';
import { OUTCOME } from '../../src/resurrect/abi/records/steps.js';
import { checkAgainstDump } from '../../src/resurrect/check/against-dump.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { writePlanCore } from '../../src/resurrect/simulate/core.js';
import { simulate } from '../../src/resurrect/simulate/simulate.js';
import { verifyPlan } from '../../src/resurrect/verify/verify-plan.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { wokeSince } from './moved.js';

const EIO = 5;
const hasGdb = spawnSync('gdb', ['--version']).status === 0;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  let plan: Plan;
  let memory: DumpMemory;
  let folder: string;
  beforeAll(() => {
    fixture = openFixture(name);
    memory = new DumpMemory(fixture.dump);
    plan = buildPlan(lazySnapshot(fixture.dump, { of: 'plan' }), { swap: memory }).plan;
    folder = mkdtempSync(join(tmpdir(), 'ow-simulate-'));
  });
  afterAll(() => {
    fixture.dump.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const processOf = (comm: string) =>
    plan.process.find((each) => each.name === comm) as Plan['process'][number];

  function core(comm: string): string {
    const process = processOf(comm);
    const mm = plan.mm[process.mm as number] as Plan['mm'][number];
    const path = join(folder, `core.${process.pid}`);
    writeAtomically(path, (sink) => void writePlanCore(plan, process, mm, holed, sink));
    return path;
  }

  /** Pages that the capture was trimmed of read as zeroes. */
  const holed = {
    frames: (pfn: number, into: Uint8Array) => {
      into.fill(0);
      memory.frames(pfn, into);
      return true;
    },
    swapped: () => true,
    cached: (device: number, inode: bigint, index: number, into: Uint8Array) =>
      memory.cached(device, inode, index, into),
  };

  test('nothing but missing pages keeps a process from running', () => {
    const { journal, running } = simulate(plan, encodePlan(plan), holed);
    const failed = journal.entries.filter(({ outcome }) => outcome === OUTCOME.failed);
    expect(failed).toEqual([]);
    const lost = plan.process.filter(({ verdict }) => verdict === VERDICT.lost);
    expect(running.size).toBe(plan.process.length - lost.length);
    const trimmed = simulate(plan, encodePlan(plan), memory).journal.entries;
    const errors = new Set(
      trimmed.filter(({ outcome }) => outcome === OUTCOME.failed).map(({ error }) => error),
    );
    expect([...errors].filter((error) => error !== EIO)).toEqual([]);
  });

  test('struct pages agree with the plan: anonymous or not, and how often mapped', () => {
    const facts = { ...holed, identity: memory.identity, frame: (pfn: number) => memory.frame(pfn) };
    expect(checkAgainstDump(plan, facts)).toEqual([]);
  });

  test('held against the dump that it was made of, the plan holds', () => {
    const again = buildPlan(lazySnapshot(fixture.dump, { of: 'plan' }), { swap: memory }).plan;
    const verified = verifyPlan(plan, again, { memory, resurrected: true });
    const { processes, differences, moved, others, clocks, holds } = verified;
    expect(new Set(processes.map(({ outcome }) => outcome))).toEqual(new Set(['as planned']));
    expect({ differences, moved, others, holds }).toEqual({
      differences: 0,
      moved: 0,
      others: [],
      holds: true,
    });
    expect(clocks).toMatchObject({ monotonic: '0', boottime: '0', wentOn: true });
    // Of a zombie there is little to say.
    expect(Math.min(...processes.map(({ facts }) => facts))).toBeGreaterThan(15);
    expect(processes.filter(({ facts }) => facts > 200).length).toBeGreaterThan(20);
    expect(verified.pages).toMatchObject({ changed: 0, wrong: 0 });
    expect(verified.pages?.same).toBeGreaterThan(100);
  });

  describe.runIf(hasGdb)('in gdb', () => {
    const gdb = (path: string, ...commands: string[]) =>
      execFileSync('gdb', ['-batch', '-nx', ...commands.flatMap((each) => ['-ex', each]), '-c', path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });

    test.each(['zoo-threads', 'vi', 'redis-server'])(
      '%s: all threads, each where /proc/PID/syscall saw it',
      (comm) => {
        const process = processOf(comm);
        const told = gdb(core(comm), 'info threads', 'thread apply all -q printf "at %lx %lx\\n", $sp, $pc');
        const compare = new Comparison();
        const lwps = [...told.matchAll(/LWP (\d+)/g)].map(([, lwp]) => Number(lwp));
        const theirs = fixture.truth.processes[process.pid]?.threads ?? {};
        compare.same('threads', [...new Set(lwps)].sort(), Object.keys(theirs).map(Number).sort());
        for (const tid of Object.keys(theirs)) {
          const syscall = textOf(theirs[tid]?.files['syscall'])?.trim().split(' ') ?? [];
          if (
            syscall.length < 3 ||
            wokeSince(fixture.dump.tasks, fixture.truth, process.pid, Number(tid)) ||
            !isStable(fixture.truth, `processes ${process.pid} threads ${tid} files syscall`)
          )
            continue;
          const [sp, pc] = syscall.slice(-2).map((word) => word.slice(2));
          compare.same(`${tid}`, told.includes(`at ${sp} ${pc}\n`), true);
        }
        compare.finish(2);
      },
    );

    test('the registers that zoo-registers filled', () => {
      const told = gdb(core('zoo-registers'), 'info registers', 'p/x $xmm3.uint128', 'info auxv');
      for (const [register, value] of [
        ['rbx', 'b0b0b0b0b0b0b0b0'],
        ['r12', '1212121212121212'],
        ['r15', '1515151515151515'],
      ]) {
        expect(told).toMatch(new RegExp(`^${register} +0x${value} `, 'm'));
      }
      expect(told).toContain(`0xfeed000000000003${'3'.repeat(16)}`);
      expect(told).toContain('AT_PHDR');
    });
  });
});
