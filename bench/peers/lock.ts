// One maker at a time of what the bench keeps, held by flock(1): the kernel lets go of it however the maker ends.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { BenchError } from '../error.js';

/** Runs the shell script with `$1`, `$2` … while `directory`.lock is held; waits for whoever holds it. */
export function lockedScript(
  directory: string,
  script: string,
  words: readonly string[],
): SpawnSyncReturns<string> {
  const run = spawnSync('flock', [`${directory}.lock`, 'sh', '-ec', script, 'sh', ...words], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (run.error !== undefined)
    throw new BenchError(`flock: ${run.error.message}`, 'Install it: apt install util-linux');
  return run;
}
