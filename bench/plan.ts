// Times what is done with plans: building one of every process of a dump, checking it without the dump, simulating it; the
// snapshot of the same dump; Node.js itself with nothing to run, which is in all of these; and how fast pages are read.
//
//   npx tsx bench/plan.ts DUMP.RAW [ROUNDS [WHAT…]]
//
// Warm: symbols and compiled code are remembered, the dump is in the page cache. `npm run build` first. All of it takes turns,
// in which each finds the processors' caches full of another; by its name alone, one is run again and again.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BenchError, fail } from './error.js';
import { throughputs } from './plan-throughput.js';
import { type Contender, series } from './timing/series.js';

const LIMIT_SECONDS = 60;
/** Statuses that mean the work was done: faults in the dump, findings of the checker. */
const ACCEPT = [0, 5, 6, 7];
const MB = 2 ** 20 / 1e6;

async function main(): Promise<void> {
  const [path, rounds = '5', ...names] = process.argv.slice(2);
  if (path === undefined) throw new BenchError('usage: npx tsx bench/plan.ts DUMP.RAW [ROUNDS [WHAT…]]');
  const folder = mkdtempSync(join(tmpdir(), 'ow-bench-plan-'));
  const plan = join(folder, 'all.owplan');
  const ow = (...words: string[]) => [process.execPath, resolve('dist/cli/ow.js'), ...words];
  const job = (name: string, words: readonly string[]): Contender => ({
    name,
    commands: () => [{ words, accept: ACCEPT }],
  });
  const jobs = [
    job('node -e 0', [process.execPath, '-e', '0']),
    job('build', ow('plan', 'build', path, '-o', plan)),
    job('build --digests', ow('plan', 'build', path, '-o', plan, '--digests')),
    job('check', ow('plan', 'check', plan)),
    job('simulate', ow('plan', 'simulate', plan, '--dump', path)),
    job('snapshot', ow('snapshot', path, '-o', join(folder, 'snapshot.json'))),
  ];
  const chosen = jobs.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.length < names.length) {
    throw new BenchError(`what there is: ${jobs.map(({ name }) => `'${name}'`).join(', ')}`);
  }
  try {
    if (!chosen.some(({ name }) => name === 'build')) buildOnce(ow('plan', 'build', path, '-o', plan));
    const limits = { seconds: LIMIT_SECONDS, signal: new AbortController().signal };
    for (const outcome of await series(chosen, Number(rounds), limits)) {
      if ('failed' in outcome) throw new BenchError(`${outcome.name}: ${outcome.failed}`);
      const { name, medianSeconds, bestSeconds, bestProcessorSeconds, peakMiB } = outcome;
      const best = `best ${bestSeconds.toFixed(2)}, of processor time ${bestProcessorSeconds.toFixed(2)}`;
      const times = `${medianSeconds.toFixed(2)} s (${best})`;
      process.stdout.write(`${name.padEnd(16)} ${times}, ${Math.round(peakMiB)} MiB\n`);
    }
    const passes = names.length === 0 ? throughputs(path, Number(rounds)) : [];
    for (const { name, mebibytes, seconds, processorSeconds } of passes) {
      const speeds = [seconds, processorSeconds].map((time) => Math.round((mebibytes * MB) / time));
      const what = `${Math.round(mebibytes)} MiB of pages`;
      process.stdout.write(
        `${name.padEnd(16)} ${what}, ${speeds[0]} MB/s (${speeds[1]} of processor time)\n`,
      );
    }
    process.stdout.write(`load ${loadavg()[0]?.toFixed(1)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For whoever reads the plan, where building it is not among what is timed. */
function buildOnce([program = '', ...words]: readonly string[]): void {
  const { status } = spawnSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!ACCEPT.includes(status ?? -1)) throw new BenchError('plan build failed');
}

main().catch(fail);
