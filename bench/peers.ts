// Times ow-inspect beside drgn (with full debuginfo) and crash on one raw dump.
//
//   npm run bench -- DUMP.RAW [--rounds 5] [--jobs ps,walk] [--json]

import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { crashContender, drgnContender, OurCaches, warnIfNotBuilt } from './contenders.js';
import { BenchError, fail } from './error.js';
import { JOBS, type Job } from './jobs.js';
import { type Archive, debuginfoOf } from './peers/debuginfo.js';
import { cachePath } from './peers/paths.js';
import { CRASH, DRGN, PeerRoot } from './peers/root.js';
import type { Limits } from './timing/measure.js';
import { type JobReport, jobReport, type Report, renderReport } from './timing/report.js';
import { series } from './timing/series.js';
import { RawDump } from './vmcore/raw.js';
import { findKernel, type Kernel, wrapDump } from './vmcore/wrap.js';

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  jobs: { type: 'string' },
  limit: { type: 'string', default: '60' },
  suite: { type: 'string' },
  mirror: { type: 'string' },
  low: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const USAGE = `usage: npm run bench -- DUMP.RAW [options]
  --rounds N     measured runs of each (5)
  --jobs A,B     of ${JOBS.map((job) => job.id).join(', ')} (all)
  --limit S      give up on a run after S seconds (60)
  --suite SUITE  where the guest's kernel came from (guessed from its release)
  --mirror URL   archive for its debuginfo, such as one of snapshot.debian.org's
  --low BYTES    memory below the PC's hole, in a guest of 2.75 GiB or more
  --json         the report as JSON`;

interface Settings {
  readonly path: string;
  readonly rounds: number;
  readonly jobs: readonly Job[];
  readonly limit: number;
  readonly low: number | undefined;
  readonly json: boolean;
  readonly archive: Archive;
}

function settings(): Settings {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined) throw new BenchError(USAGE);
  return {
    path: resolve(path),
    rounds: count('--rounds', values.rounds),
    jobs: chosenJobs(values.jobs),
    limit: count('--limit', values.limit),
    low: values.low === undefined ? undefined : Number(values.low),
    json: values.json,
    archive: { suite: values.suite, mirror: values.mirror },
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new BenchError(`${option} ${text}: a positive number is wanted.`);
  return value;
}

function chosenJobs(list: string | undefined): readonly Job[] {
  if (list === undefined) return JOBS;
  return list.split(',').map((id) => {
    const job = JOBS.find((candidate) => candidate.id === id);
    if (job === undefined) throw new BenchError(`No job is called ${id}.`, USAGE);
    return job;
  });
}

async function bench(wanted: Settings, signal: AbortSignal): Promise<Report> {
  const dump = new RawDump(wanted.path, wanted.low);
  const room = mkdtempSync(cachePath('run-'));
  try {
    const kernel = findKernel(dump);
    const debuginfo = debuginfoOf(kernel.info, wanted.archive);
    const vmcore = join(room, 'vmcore');
    wrapDump(dump, kernel, vmcore);
    return await besidePeers(wanted, { dump, kernel, debuginfo, vmcore, room }, signal);
  } finally {
    rmSync(room, { recursive: true, force: true });
    dump.close();
  }
}

interface Ground {
  readonly dump: RawDump;
  readonly kernel: Kernel;
  readonly debuginfo: string;
  readonly vmcore: string;
  readonly room: string;
}

async function besidePeers(wanted: Settings, ground: Ground, signal: AbortSignal): Promise<Report> {
  const { release, buildId } = ground.kernel.info;
  const drgn = PeerRoot.make(DRGN, ground.debuginfo, release);
  const crash = PeerRoot.make(CRASH, ground.debuginfo, release);
  const script = (peer: 'drgn' | 'crash') =>
    wanted.jobs.map((job) => join(import.meta.dirname, 'peers', peer, job[peer]));
  const drgnRun = drgn.openRun(ground.vmcore, script('drgn'));
  const crashRun = crash.openRun(ground.vmcore, script('crash'));
  try {
    const caches = new OurCaches(ground.room);
    const contenders = (job: Job) => [
      caches.first(job, wanted.path),
      caches.later(job, wanted.path),
      drgnContender(job, drgn, drgnRun),
      crashContender(job, crash, crashRun, release),
    ];
    const jobs = await runJobs(wanted, contenders, { seconds: wanted.limit, signal });
    const tools = { drgn: drgn.version(['drgn', '--version']), crash: crash.version(['crash', '--version']) };
    return {
      kernel: release,
      buildId,
      dumpBytes: ground.dump.bytes,
      rounds: wanted.rounds,
      load: loadavg()[0]!,
      tools,
      jobs,
    };
  } finally {
    drgnRun.close();
    crashRun.close();
  }
}

async function runJobs(
  { jobs, rounds }: Settings,
  contenders: (job: Job) => Parameters<typeof series>[0],
  limits: Limits,
): Promise<JobReport[]> {
  const reports: JobReport[] = [];
  for (const job of jobs) {
    process.stderr.write(`${job.title} …\n`);
    reports.push(jobReport(job.id, job.title, await series(contenders(job), rounds, limits)));
  }
  return reports;
}

async function main(): Promise<void> {
  const interrupt = new AbortController();
  // Not to die at once: what lies in the peers' roots has to be removed first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const wanted = settings();
  warnIfNotBuilt();
  const report = await bench(wanted, interrupt.signal);
  process.stdout.write(wanted.json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report));
}

main().catch(fail);
