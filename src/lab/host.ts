// The host's side: which programs are there, and running them.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SystemError } from '../base/error.js';

/** Program to the Debian package that has it. */
export const HOST_PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  make: 'make',
  gcc: 'gcc',
  tar: 'tar',
  xz: 'xz-utils',
  zstd: 'zstd',
  flock: 'util-linux',
  fallocate: 'util-linux',
  unshare: 'util-linux',
  'qemu-img': 'qemu-utils',
  chroot: 'coreutils',
  'qemu-system-x86_64': 'qemu-system-x86',
};

export const BUILD_PROGRAMS = ['mmdebstrap', 'mke2fs', 'gcc', 'tar', 'xz', 'flock'] as const;
export const CAPTURE_PROGRAMS = ['qemu-system-x86_64', 'fallocate'] as const;

/** Users' PATH often lacks the folders that mke2fs is in. */
export function searchPath(): string {
  const { PATH = '' } = process.env;
  return [PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
}

export function hasProgram(name: string, path = searchPath()): boolean {
  return path.split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Throws an error that names the apt line where a program is missing. */
export function requirePrograms(
  names: readonly string[],
  present = (name: string) => hasProgram(name),
): void {
  const missing = names.filter((name) => !present(name));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((name) => packagesOf(name)))].sort();
  throw new SystemError(
    `the lab needs ${missing.join(', ')}, which this machine does not have`,
    `apt-get install ${packages.join(' ')}`,
  );
}

// gcc alone cannot link statically; only recommended packages hold the C library.
function packagesOf(program: string): string[] {
  if (program === 'gcc') return ['gcc', 'libc6-dev'];
  return [HOST_PROGRAMS[program] ?? program];
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Each line of stderr and stdout, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end; a failure is an error with the last of what it said. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env, PATH: searchPath() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer) => {
      for (const line of chunk
        .toString()
        .split(/[\r\n]+/)
        .filter(Boolean)) {
        if (tail.push(line) > 15) tail.shift();
        options.onLine?.(line);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const kill = () => child.kill();
    process.once('exit', kill);
    child.on('error', (error) => reject(new SystemError(`${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      process.removeListener('exit', kill);
      if (code === 0) return resolve();
      reject(new SystemError(`${program} failed (${signal ?? `exit ${code}`})`, tail.join('\n')));
    });
  });
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** Runs `body`; a signal meanwhile cleans up and ends this process (and by its exit handlers what it started). */
export async function interruptible<T>(clean: () => void, body: () => Promise<T>): Promise<T> {
  const onSignal = (signal: NodeJS.Signals) => {
    clean();
    process.exit(128 + (SIGNALS[signal as keyof typeof SIGNALS] ?? 0));
  };
  for (const signal of Object.keys(SIGNALS)) process.once(signal, onSignal);
  try {
    return await body();
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.removeListener(signal, onSignal);
  }
}
