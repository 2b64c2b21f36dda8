// Two captures of one guest: while it ran, between the passes of the recording, and after its death. What slept through
// all of that is the same in the plans of both, and verifies; what the plans say of each other is the same both ways.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const captures = process.env['OW_CAPTURES'] as string;
const DIFFERENT = 1;
/** A kernel that is caught at work may be caught with a list half changed. */
const FAULTS = 5;
const BROKEN = 7;
/** Processes that wait for what never comes. */
const ASLEEP = [
  'vi',
  'less',
  'zoo-threads',
  'zoo-pipes',
  'zoo-fifo',
  'zoo-ptys',
  'zoo-events',
  'zoo-sysv',
  'zoo-handler',
];

interface Change {
  readonly change: 'added' | 'lost' | 'changed' | 'moved';
  readonly object: readonly string[];
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
}
interface Outcome {
  readonly name: string;
  readonly outcome: string;
  readonly differences: readonly Change[];
}

describe.each(readdirSync(captures))('%s', (suite) => {
  const [early, late] = ['early.raw', 'dump.raw'].map((name) => join(captures, suite, name)) as [
    string,
    string,
  ];
  const scratch = mkdtempSync(join(tmpdir(), 'otherworld-two-'));
  const [before, after] = [join(scratch, 'before.owplan'), join(scratch, 'after.owplan')];
  const captured = existsSync(early);
  beforeAll(() => {
    if (!captured) return;
    for (const [dump, plan] of [
      [early, before],
      [late, after],
    ] as const) {
      expect([0, FAULTS]).toContain(ow('build', dump, '-o', plan).status);
    }
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function ow(...words: string[]) {
    const program = [join(root, 'dist/cli/ow.js'), 'plan', ...words];
    return spawnSync(process.execPath, program, { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  function changes(a: string, b: string, ...flags: string[]): Change[] {
    const { status, stdout } = ow('diff', a, b, '--json', ...flags);
    expect(status).toBe(DIFFERENT);
    return JSON.parse(stdout).data;
  }

  /** Those of processes with these PIDs. */
  function of(pids: ReadonlySet<string>, told: readonly Change[]): Change[] {
    const isTheirs = (part: string) =>
      /^(process|mm of|fileTable of) /.test(part) && pids.has(part.split(' ').at(-1) ?? '');
    return told.filter(({ object }) => object.some(isTheirs));
  }

  function verified(plan: string) {
    const { status, stdout } = ow('verify', plan, '--after', late, '--json');
    const processes: readonly Outcome[] = JSON.parse(stdout).data.processes;
    return { status, processes: new Map(processes.map((each) => [each.name, each])) };
  }

  test.runIf(captured)('the clocks have gone on, all by as much', () => {
    const header = changes(before, after).filter(({ object }) => object[0] === 'header');
    const passed = (name: string) => {
      const change = header.find(({ field }) => field === name);
      return Number(BigInt(change?.after ?? 0) - BigInt(change?.before ?? 0)) / 1e9;
    };
    expect(passed('panicMonotonic')).toBeGreaterThan(0);
    expect(passed('panicBoottime')).toBeCloseTo(passed('panicMonotonic'), 3);
    expect(passed('panicRealtime')).toBeCloseTo(passed('panicMonotonic'), 0);
  });

  test.runIf(captured)('nothing differs of those who slept, but what moves on by itself', () => {
    const pids: { pid: number; name: string }[] = JSON.parse(ow('show', before, '--json').stdout).process;
    const asleep = new Set(pids.filter(({ name }) => ASLEEP.includes(name)).map(({ pid }) => String(pid)));
    expect(asleep.size).toBeGreaterThanOrEqual(ASLEEP.length);
    // The kernel makes huge pages and swaps when it likes.
    const told = changes(before, after, '--ignore', 'volatile', '--ignore', 'pages');
    expect(of(asleep, told)).toEqual([]);
  });

  test.runIf(captured)('the other way round, the same differs', () => {
    const opposite = { added: 'lost', lost: 'added', changed: 'changed', moved: 'moved' } as const;
    // What has moved is told under the name that it had.
    const told = (a: string, b: string) => changes(a, b).filter(({ change }) => change !== 'moved');
    const line = ({ change, object, field, before: was, after: is }: Change) =>
      JSON.stringify([change, object, field, was, is]);
    const back = told(after, before).map((each) =>
      line({ ...each, change: opposite[each.change], before: each.after, after: each.before }),
    );
    expect(back.sort()).toEqual(told(before, after).map(line).sort());
  });

  test.runIf(captured)('those who slept verify', () => {
    const { processes } = verified(before);
    for (const name of ASLEEP) {
      expect(processes.get(name), name).toMatchObject({ differences: [] });
      expect(['as planned', 'moved on']).toContain(processes.get(name)?.outcome);
    }
  });

  test.runIf(captured)('a plan that says otherwise does not verify, and it is told of whom and what', () => {
    const json = join(scratch, 'edited.json');
    const edited = join(scratch, 'edited.owplan');
    const plan = JSON.parse(ow('show', before, '--json').stdout);
    const vi = plan.process.find(({ name }: { name: string }) => name === 'vi');
    vi.oomScoreAdj += 1;
    writeFileSync(json, JSON.stringify(plan));
    expect(ow('from-json', json, '-o', edited).status).toBe(0);
    const [change, ...others] = changes(before, edited);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ change: 'changed', field: 'oomScoreAdj' });
    expect(of(new Set([String(vi.pid)]), change === undefined ? [] : [change])).toEqual([change]);
    const { status, processes } = verified(edited);
    expect(status).toBe(BROKEN);
    expect(processes.get('vi')).toMatchObject({
      outcome: 'differs',
      differences: [{ field: 'oomScoreAdj' }],
    });
    expect(processes.get('less')).toMatchObject({ differences: [] });
  });
});
