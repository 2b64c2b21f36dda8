// What it costs a running system that otherworld.ko is loaded: instructions of system calls, switches and page faults, the
// kernel's included, in a guest of its own, with the module and without, in turns within one run. They are counted by the
// emulator, so that it does not matter what else the host does.
//
//   npx tsx bench/armed-cost.ts [SUITE] [ROUNDS]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwError } from '../src/base/error.js';
import { runBare } from '../src/lab/bare.js';
import { buildGuest } from '../src/lab/build.js';
import { buildModule } from '../src/lab/module.js';
import { parseSuite } from '../src/lab/suites.js';
import { BenchError, fail } from './error.js';

const SOURCE = new URL('./armed-cost/init.c', import.meta.url).pathname;
const LINE = /^(\w+) (armed|bare) ([\d.]+)\r?$/gm;
const KINDS = ['syscall', 'switch', 'fault'] as const;
const SECONDS_PER_ROUND = 20;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return (low + high) / 2;
}

const percent = (ratio: number) => `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(2)} %`;

/**
 * One kind's line. Each turn has both, one behind the other, so their ratio is taken turn by turn; what the ratio is worth, two
 * turns without the module tell: one turn's over the next one's.
 */
function report(kind: string, armed: readonly number[], bare: readonly number[]): string {
  if (armed.length < 2 || armed.length !== bare.length) throw new BenchError(`no measurements of ${kind}`);
  const ratio = median(armed.map((value, n) => value / (bare[n] as number)));
  const noise = median(bare.slice(1).map((value, n) => Math.abs(value / (bare[n] as number) - 1)));
  const counts = `${median(armed).toFixed(1)} instructions armed, ${median(bare).toFixed(1)} without`;
  return `${kind.padEnd(8)} ${counts}: ${percent(ratio)} (from turn to turn ±${(noise * 100).toFixed(2)} %)\n`;
}

async function main(): Promise<void> {
  const [suite = 'bookworm', rounds = '20'] = process.argv.slice(2);
  if (!(Number(rounds) >= 2)) throw new BenchError('usage: npx tsx bench/armed-cost.ts [SUITE] [ROUNDS]');
  const guest = await buildGuest({ suite: parseSuite(suite) });
  const { file, release } = await buildModule(guest);
  const dir = mkdtempSync(join(tmpdir(), 'ow-armed-'));
  try {
    const said = await runBare(guest, {
      ...{ init: SOURCE, files: { 'otherworld.ko': file }, cpus: 1, ramBytes: 512 << 20 },
      ...{ append: `rounds=${rounds}`, ram: join(dir, 'ram'), until: /^measured|^init failed/m },
      countsInstructions: true,
      timeoutSeconds: 60 + Number(rounds) * SECONDS_PER_ROUND,
    });
    if (!/^measured/m.test(said)) throw new BenchError(said.split('\n').slice(-5).join('\n'));
    const lines = [...said.matchAll(LINE)];
    const of = (kind: string, state: string) =>
      lines.filter(([, name, which]) => name === kind && which === state).map(([, , , time]) => Number(time));
    process.stdout.write(`${release}, ${rounds} turns\n`);
    for (const kind of KINDS) process.stdout.write(report(kind, of(kind, 'armed'), of(kind, 'bare')));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

main().catch((error: unknown) => {
  fail(error instanceof OwError ? new BenchError(error.message, error.hint) : error);
});
