// One run of one program: wall time by our clock, processor time and peak memory by the kernel's account (GNU time, for
// ours and peers alike, so that its few hundred microseconds are in every number). Mapped files count in peak memory: drgn's and
// crash's includes the pages of vmlinux that they touch.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from '../error.js';

export interface Sample {
  readonly seconds: number;
  /** User and system time of all threads, to a hundredth: what a busy machine changes less. */
  readonly processorSeconds: number;
  readonly peakKiB: number;
}

export interface Command {
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Statuses that mean it did its work; 0 when absent. */
  readonly accept?: readonly number[];
}

export interface Limits {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** The program ended with an error, or not at all in time; says which and its last words. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

const GNU_TIME = '/usr/bin/time';

export async function measure(command: Command, limits: Limits): Promise<Sample> {
  if (limits.signal.aborted) throw new BenchError('Interrupted.');
  const base = join(tmpdir(), `ow-bench-${process.pid}`);
  const out = openSync(`${base}.out`, 'w');
  try {
    const begin = process.hrtime.bigint();
    const status = await finish(command, limits, `${base}.peak`, out);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    if (!(command.accept ?? [0]).includes(status)) throw new RunError(lastLine(`${base}.out`, status));
    const account = readFileSync(`${base}.peak`, 'utf8').trim().split('\n').at(-1) ?? '';
    const [peakKiB = 0, user = 0, system = 0] = account.split(' ').map(Number);
    return { seconds, processorSeconds: user + system, peakKiB };
  } finally {
    closeSync(out);
    for (const suffix of ['out', 'peak']) rmSync(`${base}.${suffix}`, { force: true });
  }
}

/** Node.js 20 reads these certificates whenever it starts, whatever it is to run: 50 ms that are not the program's. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/** Output goes to a file as a user's redirection would; nobody's pipe slows the program down. */
function finish({ words, environment }: Command, limits: Limits, peak: string, out: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(GNU_TIME, ['-f', '%M %U %S', '-o', peak, ...words], {
      stdio: ['ignore', out, out],
      env: { ...ENVIRONMENT, ...environment },
      detached: true, // a group of its own, so that a time-out ends the program too, not just GNU time
    });
    const stop = (reason: Error): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      reject(reason);
    };
    const timer = setTimeout(
      () => stop(new RunError(`no end after ${limits.seconds} s`)),
      limits.seconds * 1000,
    );
    const interrupted = (): void => stop(new BenchError('Interrupted.'));
    limits.signal.addEventListener('abort', interrupted);
    const settle = (act: () => void) => (): void => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', interrupted);
      act();
    };
    child.on('error', () =>
      settle(() => reject(new BenchError(`${GNU_TIME} is missing.`, 'Install it: apt install time')))(),
    );
    child.on('exit', (status) => settle(() => resolve(status ?? -1))());
  });
}

function lastLine(path: string, status: number): string {
  const lines = readFileSync(path, 'latin1')
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '');
  const said =
    lines.find((line) => /error|invalid|cannot/i.test(line) && !line.startsWith('WARNING')) ??
    lines.at(-1) ??
    'no output';
  return `status ${status}: ${said.trim().slice(0, 160)}`;
}
