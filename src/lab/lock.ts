// One build of a guest at a time, held by flock(1): the kernel lets go of it however this process ends.

import { spawn } from 'node:child_process';
import { SystemError } from '../base/error.js';
import { searchPath } from './host.js';

/** Runs `body` with the lock; says so once where it has to wait. */
export async function withLock<T>(path: string, onWait: () => void, body: () => Promise<T>): Promise<T> {
  const env = { ...process.env, PATH: searchPath() };
  // `cat` ends, and with it the lock, when our end of its stdin closes.
  const holder = spawn('flock', [path, '-c', 'echo held; exec cat'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = setTimeout(onWait, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.on('error', (error) => reject(new SystemError(`flock: ${error.message}`)));
      holder.on('exit', (code) => reject(new SystemError(`cannot lock ${path} (flock: exit ${code})`)));
      holder.stdout.once('data', () => resolve());
    });
    clearTimeout(waiting);
    return await body();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
  }
}
