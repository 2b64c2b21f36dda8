// Interleaved series: round after round, each contender once, so that a busy moment of the machine hits all of them.

import { type Command, type Limits, measure, RunError, type Sample } from './measure.js';

export interface Contender {
  readonly name: string;
  /** The commands of one run; called afresh for each, since a cold run needs a new cache directory. */
  readonly commands: () => readonly Command[];
}

export interface Result {
  readonly name: string;
  readonly runs: number;
  readonly medianSeconds: number;
  readonly bestSeconds: number;
  readonly bestProcessorSeconds: number;
  readonly peakMiB: number;
}

export interface Failure {
  readonly name: string;
  readonly failed: string;
}

export type Outcome = Result | Failure;

/** One unmeasured round first: it fills the page cache, and shows who cannot do it at all. */
export async function series(
  contenders: readonly Contender[],
  rounds: number,
  limits: Limits,
): Promise<Outcome[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      if (failures.has(contender.name)) continue;
      const sample = await attempt(contender, limits);
      if (typeof sample === 'string') failures.set(contender.name, sample);
      else if (round > 0) samples.get(contender.name)!.push(sample);
    }
  }
  return contenders.map(({ name }) => {
    const failed = failures.get(name);
    return failed === undefined ? summary(name, samples.get(name)!) : { name, failed };
  });
}

async function attempt(contender: Contender, limits: Limits): Promise<Sample | string> {
  let seconds = 0;
  let processorSeconds = 0;
  let peakKiB = 0;
  try {
    for (const command of contender.commands()) {
      const sample = await measure(command, limits);
      seconds += sample.seconds;
      processorSeconds += sample.processorSeconds;
      peakKiB = Math.max(peakKiB, sample.peakKiB);
    }
  } catch (error) {
    if (error instanceof RunError) return error.message;
    throw error;
  }
  return { seconds, processorSeconds, peakKiB };
}

function summary(name: string, samples: readonly Sample[]): Result {
  const seconds = samples.map((sample) => sample.seconds).sort((a, b) => a - b);
  return {
    name,
    runs: samples.length,
    medianSeconds: median(seconds),
    bestSeconds: seconds[0]!,
    bestProcessorSeconds: Math.min(...samples.map((sample) => sample.processorSeconds)),
    peakMiB: Math.max(...samples.map((sample) => sample.peakKiB)) / 1024,
  };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
