// Ours twice (nothing cached; cached) and the two peers, each as the commands of one run of a job.

import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from './jobs.js';
import { vmlinuxPath } from './peers/debuginfo.js';
import type { PeerRoot, PeerRun } from './peers/root.js';
import type { Command } from './timing/measure.js';
import type { Contender } from './timing/series.js';

const PROGRAM = join(import.meta.dirname, '..', 'dist', 'cli', 'ow-inspect.js');
/** 5 is "shown, but with faults": a dead kernel has some. */
const DONE = [0, 5];

/** The peers are timed even without us. */
export function warnIfNotBuilt(): void {
  if (!existsSync(PROGRAM))
    process.stderr.write(`${PROGRAM} is not there, so only the peers can be timed: npm run build\n`);
}

/** Owner of the cache directory that our later runs use. */
export class OurCaches {
  private readonly warm: string;

  constructor(room: string) {
    this.warm = mkdtempSync(join(room, 'warm-'));
  }

  /** --no-cache, for it leaves out what ships in symbols/ too: all is read from the dump. */
  first(job: Job, dump: string): Contender {
    return { name: 'ours first', commands: () => this.commands(job, ['--no-cache', dump]) };
  }

  later(job: Job, dump: string): Contender {
    return { name: 'ours later', commands: () => this.commands(job, [dump]) };
  }

  private commands(job: Job, start: readonly string[]): Command[] {
    return job.ours.map((words) => ({
      words: [process.execPath, PROGRAM, ...start, ...words],
      environment: { XDG_CACHE_HOME: this.warm },
      accept: DONE,
    }));
  }
}

export function drgnContender(job: Job, root: PeerRoot, run: PeerRun): Contender {
  const words = root.inside(['drgn', '-q', '-c', run.path('vmcore'), run.path(job.drgn)]);
  return { name: 'drgn', commands: () => [{ words }] };
}

export function crashContender(job: Job, root: PeerRoot, run: PeerRun, release: string): Contender {
  const words = root.inside([
    'crash',
    '-s',
    '-i',
    run.path(job.crash),
    vmlinuxPath(release),
    run.path('vmcore'),
  ]);
  return { name: 'crash', commands: () => [{ words }] };
}
