// The table: one block for each job, ours over each peer as a ratio (below 1: ours is faster).

import type { Outcome, Result } from './series.js';

export interface JobReport {
  readonly id: string;
  readonly title: string;
  readonly outcomes: readonly Outcome[];
  /** `ours first / drgn` → ratio of medians. */
  readonly ratios: Readonly<Record<string, number>>;
}

export interface Report {
  readonly kernel: string;
  readonly buildId: string | undefined;
  readonly dumpBytes: number;
  readonly rounds: number;
  /** The machine's one-minute load at the end; one of our own making is 1. */
  readonly load: number;
  readonly tools: Readonly<Record<string, string>>;
  readonly jobs: readonly JobReport[];
}

export function jobReport(id: string, title: string, outcomes: readonly Outcome[]): JobReport {
  const done = outcomes.filter((outcome): outcome is Result => !('failed' in outcome));
  const ratios: Record<string, number> = {};
  for (const ours of done.filter(isOurs)) {
    for (const peer of done.filter((result) => !isOurs(result))) {
      ratios[`${ours.name} / ${peer.name}`] = ours.medianSeconds / peer.medianSeconds;
    }
  }
  return { id, title, outcomes, ratios };
}

export function renderReport(report: Report): string {
  const tools = Object.entries(report.tools).map(([name, version]) => `  ${name.padEnd(6)} ${version}`);
  const gib = (report.dumpBytes / 2 ** 30).toFixed(2);
  return [
    `${report.kernel}, ${gib} GiB, medians of ${report.rounds} interleaved runs, page cache warm, load ${report.load.toFixed(1)}`,
    ...tools,
    ...report.jobs.flatMap((job) => ['', ...renderJob(job)]),
    '',
  ].join('\n');
}

function renderJob(job: JobReport): string[] {
  const rows = job.outcomes.map((outcome) => {
    const name = `  ${outcome.name.padEnd(12)}`;
    if ('failed' in outcome) return `${name}${'–'.padStart(9)}  ${outcome.failed}`;
    const cells = [
      seconds(outcome.medianSeconds),
      seconds(outcome.bestSeconds),
      `${outcome.peakMiB.toFixed(0)} MiB`,
    ];
    return `${name}${cells.map((cell) => cell.padStart(10)).join('')}`;
  });
  const ratios = Object.entries(job.ratios).map(
    ([pair, ratio]) => `  ${pair.padEnd(22)} ${ratio.toFixed(2)}`,
  );
  return [
    job.title,
    `  ${' '.repeat(12)}${['median', 'best', 'peak'].map((head) => head.padStart(10)).join('')}`,
    ...rows,
    ...ratios,
  ];
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 3 : 1)} s`;
}

function isOurs(outcome: Outcome): boolean {
  return outcome.name.startsWith('ours');
}
