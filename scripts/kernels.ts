// `npm run kernels [-- SUITE… --out DIR]`: the whole loop on every kernel, one after the other. Editors, then the victims:
// panic, resurrection, and what they find of themselves; a table at the end. The runs' folders stay: journal, plan, console.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportRun } from '../src/cli/commands/lab-run-report.js';
import { table } from '../src/cli/render/table.js';
import { limitsOf, unexpected, verdictsOf } from '../src/lab/known-limits.js';
import { runLoop } from '../src/lab/loop.js';
import { parseSuite, SUITES, type Suite } from '../src/lab/suites.js';

const WORK = ['editors', 'victims'] as const;
type Work = (typeof WORK)[number];

interface Row {
  readonly suite: Suite;
  readonly kernel: string;
  readonly work: Work;
  readonly passed: number;
  /** What was not to fail and did, or why there was no resurrection. */
  readonly wrong: readonly string[];
  /** What failed and was known to. */
  readonly known: readonly string[];
  /** Milliseconds from the panic until they went on. */
  readonly interruption: number | null;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function attempt(suite: Suite, work: Work, out: string): Promise<Row> {
  const run = await runLoop({
    suite,
    out,
    workloads: [work],
    append: `ow.after=/otherworld/after/${work}.sh`,
    noSnapshot: work === 'victims',
    onProgress: (line) => say(`${suite} ${work}: ${line}`),
  });
  const report = reportRun(run.dir, run.resurrection, work === 'editors');
  const verdicts = verdictsOf(run.resurrection.said);
  const known = limitsOf(suite).map(({ name }) => name);
  const wrong = unexpected(suite, verdicts);
  if (report.outcome !== 'resurrected') wrong.push(`${report.outcome}: ${report.reason ?? ''}`);
  else if (verdicts.passed.length === 0) wrong.push('nothing was heard of them');
  else if (work === 'editors' && !report.good) wrong.push('not all goes on as planned: see run.json');
  return {
    ...{ suite, work, wrong, kernel: run.guest.release, interruption: report.interruption },
    passed: verdicts.passed.length,
    known: [...verdicts.failed.keys()].filter((name) => known.includes(name)),
  };
}

/** Again where something went wrong: some measure time, on an emulated processor. What is broken fails twice. */
async function judged(suite: Suite, work: Work, out: string): Promise<Row> {
  const first = await attempt(suite, work, out).catch((error: Error) => error);
  if (!(first instanceof Error) && first.wrong.length === 0) return first;
  for (const line of first instanceof Error ? [first.message] : first.wrong) say(`${suite} ${work}: ${line}`);
  say(`${suite} ${work}: once more`);
  return attempt(suite, work, out).catch((error: Error) => ({
    ...{ suite, work, kernel: '-', passed: 0, known: [], interruption: null },
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
      { head: 'PASSED', cell: ({ passed }) => passed, right: true },
      { head: 'FAILED', cell: ({ wrong }) => wrong.length, right: true },
      { head: 'STOOD STILL', cell: ({ interruption }) => seconds(interruption), right: true },
      { head: 'KNOWN NOT TO COME BACK', cell: ({ known }) => known.join(', ') || '-' },
    ],
    rows,
  );
  for (const { suite, work, wrong } of rows) for (const line of wrong) yield `${suite} ${work}: ${line}`;
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(tmpdir(), 'otherworld-kernels') } },
  allowPositionals: true,
});
const suites = positionals.length > 0 ? positionals.map(parseSuite) : SUITES;
const rows: Row[] = [];
for (const suite of suites)
  for (const work of WORK) rows.push(await judged(suite, work, join(values.out, suite, work)));
for (const line of result(rows)) process.stdout.write(`${line}\n`);
say(`runs are in ${values.out}`);
process.exitCode = rows.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
