// `npm run kernels [-- SUITE… --work WORK… --out DIR]`: the whole loop on every kernel, one after the other. Editors, then the
// victims, then programs that compute while the kernel dies in each of the ways that the lab knows: panic, resurrection, and
// what they find of themselves; a table at the end. The runs' folders stay: journal, plan, console.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportRun } from '../src/cli/commands/lab-run-report.js';
import { table } from '../src/cli/render/table.js';
import { limitsOf, unexpected, verdictsOf } from '../src/lab/known-limits.js';
import { runLoop } from '../src/lab/loop.js';
import { CRASHES } from '../src/lab/panic-ways.js';
import { parseSuite, SUITES, type Suite } from '../src/lab/suites.js';

const WORK = ['editors', 'victims', 'computing'] as const;
type Work = (typeof WORK)[number];

/** One run. */
interface Trial {
  readonly suite: Suite;
  readonly work: Work;
  /** How the kernel dies (src/lab/panic-ways.ts). */
  readonly panic: string;
}

interface Row extends Trial {
  readonly kernel: string;
  readonly passed: number;
  /** What was not to fail and did, or why there was no resurrection. */
  readonly wrong: readonly string[];
  /** What failed and was known to. */
  readonly known: readonly string[];
  /** Milliseconds from the panic until they went on. */
  readonly interruption: number | null;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

const nameOf = ({ suite, work, panic }: Trial) => `${suite} ${work} ${panic}`;

function trialsOf(suite: Suite, work: Work): Trial[] {
  const panics = work === 'computing' ? ['sysrq', 'nmi', ...Object.keys(CRASHES)] : ['sysrq'];
  return panics.map((panic) => ({ suite, work, panic }));
}

async function attempt(trial: Trial, out: string): Promise<Row> {
  const { suite, work, panic } = trial;
  const run = await runLoop({
    ...{ suite, out, panic, workloads: [work] },
    append: `ow.after=/otherworld/after/${work === 'editors' ? 'editors' : 'victims'}.sh`,
    noSnapshot: work !== 'editors',
    onProgress: (line) => say(`${nameOf(trial)}: ${line}`),
  });
  const report = reportRun(run.dir, run.resurrection, work === 'editors');
  const verdicts = verdictsOf(run.resurrection.said);
  const known = limitsOf(suite).map(({ name }) => name);
  const wrong = unexpected(suite, verdicts);
  if (report.outcome !== 'resurrected') wrong.push(`${report.outcome}: ${report.reason ?? ''}`);
  else if (verdicts.passed.length === 0) wrong.push('nothing was heard of them');
  else if (work === 'editors' && !report.good) wrong.push('not all goes on as planned: see run.json');
  return {
    ...{ ...trial, wrong, kernel: run.guest.release, interruption: report.interruption },
    passed: verdicts.passed.length,
    known: [...verdicts.failed.keys()].filter((name) => known.includes(name)),
  };
}

/** Again where something went wrong: some measure time, on an emulated processor. What is broken fails twice. */
async function judged(trial: Trial, out: string): Promise<Row> {
  const first = await attempt(trial, out).catch((error: Error) => error);
  if (!(first instanceof Error) && first.wrong.length === 0) return first;
  for (const line of first instanceof Error ? [first.message] : first.wrong) say(`${nameOf(trial)}: ${line}`);
  say(`${nameOf(trial)}: once more`);
  return attempt(trial, out).catch((error: Error) => ({
    ...{ ...trial, kernel: '-', passed: 0, known: [], interruption: null },
    wrong: [error.message],
  }));
}

const seconds = (milliseconds: number | null) =>
  milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(1)} s`;

function* result(rows: readonly Row[]): Generator<string> {
  yield* table<Row>(
    [
      { head: 'SUITE', cell: ({ suite }) => suite },
      { head: 'KERNEL', cell: ({ kernel }) => kernel },
      { head: 'WORK', cell: ({ work }) => work },
      { head: 'PANIC', cell: ({ panic }) => panic },
      { head: 'PASSED', cell: ({ passed }) => passed, right: true },
      { head: 'FAILED', cell: ({ wrong }) => wrong.length, right: true },
      { head: 'STOOD STILL', cell: ({ interruption }) => seconds(interruption), right: true },
      { head: 'KNOWN NOT TO COME BACK', cell: ({ known }) => known.join(', ') || '-' },
    ],
    rows,
  );
  for (const row of rows) for (const line of row.wrong) yield `${nameOf(row)}: ${line}`;
}

const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: join(tmpdir(), 'otherworld-kernels') },
    work: { type: 'string', multiple: true, default: [...WORK] },
  },
  allowPositionals: true,
});
const suites = positionals.length > 0 ? positionals.map(parseSuite) : SUITES;
const works = WORK.filter((work) => values.work.includes(work));
const rows: Row[] = [];
for (const suite of suites)
  for (const trial of works.flatMap((work) => trialsOf(suite, work)))
    rows.push(await judged(trial, join(values.out, suite, trial.work, trial.panic)));
for (const line of result(rows)) process.stdout.write(`${line}\n`);
say(`runs are in ${values.out}`);
process.exitCode = rows.length === 0 || rows.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
