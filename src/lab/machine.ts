// A running QEMU: started, talked to, stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemError } from '../base/error.js';
import { ConsoleFollower } from './console.js';
import { searchPath } from './host.js';
import type { MachineFiles } from './qemu.js';
import type { Qmp } from './qmp.js';

/** And what there is to say if it fails. */
export interface Machine {
  readonly child: ChildProcess;
  readonly files: MachineFiles;
  readonly console: ConsoleFollower;
  readonly complaints: string[];
  /** At the console of a guest that is to be resurrected. Once QEMU has ended, nobody reads it. */
  readonly type: (text: string) => void;
  qmp?: Qmp;
  ended: boolean;
}

export function sparse(path: string, size: number): string {
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

/** Where its arguments put the console on its standard input and output, those are a pipe and the console's file. */
function spawnQemu(files: MachineFiles, args: readonly string[]): ChildProcess {
  const output = files.resurrect ? openSync(files.console, 'w') : null;
  try {
    return spawn('qemu-system-x86_64', args, {
      // Where QEMU keeps what the guest writes to its root disk.
      env: { ...process.env, PATH: searchPath(), TMPDIR: dirname(files.truth) },
      stdio: [output === null ? 'ignore' : 'pipe', output ?? 'ignore', 'pipe'],
    });
  } finally {
    if (output !== null) closeSync(output);
  }
}

export function startMachine(
  files: MachineFiles,
  args: readonly string[],
  say: (line: string) => void,
): Machine {
  const child = spawnQemu(files, args);
  const machine: Machine = {
    child,
    files,
    console: new ConsoleFollower(files.console, say),
    complaints: [],
    type: (text) => child.stdin?.write(text),
    ended: false,
  };
  child.stderr?.on('data', (chunk: Buffer) => machine.complaints.push(chunk.toString().trim()));
  child.stdin?.on('error', () => undefined); // it has ended: whoever waits for the guest is told so
  child.on('error', (error) => machine.complaints.push(error.message));
  child.on('close', () => {
    machine.ended = true;
  });
  return machine;
}

export function machineFailure(machine: Machine, what: string, why: string): SystemError {
  const said = [...machine.complaints, machine.console.tail()].filter(Boolean).join('\n');
  return new SystemError(`${what} failed: ${why}`, `the console's last lines:\n${said}`);
}

/** Politely where it can be asked to; harmless once it has ended. */
export async function stopMachine(machine: Machine): Promise<void> {
  if (machine.ended) return;
  await machine.qmp?.execute('quit').catch(() => undefined);
  for (let i = 0; i < 100 && machine.qmp && !machine.ended; i++) await sleep(100);
  machine.qmp?.close();
  if (!machine.ended) machine.child.kill('SIGKILL');
}
