// Times what reads the pages of a plan, within one process: nothing of starting, opening a dump, or planning is in it.
import { performance } from 'node:perf_hooks';
import { DumpMemory } from '../src/cli/plan/dump-memory.js';
import { lazySnapshot } from '../src/parsers/build-snapshot.js';
import { openDump } from '../src/parsers/dump.js';
import { encodePlan } from '../src/resurrect/abi/encode.js';
import { digestOf, inFrames, PAGE_BYTES } from '../src/resurrect/abi/page-run.js';
import { Subject } from '../src/resurrect/check/subject.js';
import { buildPlan } from '../src/resurrect/plan/build-plan.js';
import { simulate } from '../src/resurrect/simulate/simulate.js';
import { BenchError } from './error.js';

export interface Throughput {
  readonly name: string;
  /** Of page contents in frames. */
  readonly mebibytes: number;
  /** Medians: of time on the clock, and of processor time of the whole process. */
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** `path`: of a dump that holds every frame of its processes. */
export function throughputs(path: string, rounds: number): Throughput[] {
  const dump = openDump(path);
  try {
    const memory = new DumpMemory(dump);
    const snapshot = lazySnapshot(dump, { of: 'plan' });
    const { plan } = buildPlan(snapshot, { frames: memory });
    const bytes = encodePlan(plan);
    const runs = new Subject(plan).runs.flatMap((list) => list.runs).filter(inFrames);
    const pages = runs.reduce((sum, run) => sum + run.pages, 0);
    const mebibytes = (pages * PAGE_BYTES) / 2 ** 20;
    const jobs = {
      digest: () => runs.every((run) => digestOf(run, memory) !== null),
      simulate: () => simulate(plan, bytes, memory).running.size > 0,
    };
    return Object.entries(jobs).map(([name, job]) => ({ name, mebibytes, ...timed(name, job, rounds) }));
  } finally {
    dump.close();
  }
}

/** One unmeasured round first. */
function timed(name: string, job: () => boolean, rounds: number) {
  const [seconds, processor]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    if (!job()) throw new BenchError(`${name}: the dump lacks pages of the plan`);
    const { user, system } = process.cpuUsage(used);
    if (round === 0) continue;
    seconds.push((performance.now() - start) / 1e3);
    processor.push((user + system) / 1e6);
  }
  return { seconds: median(seconds), processorSeconds: median(processor) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
