// A running QEMU: started, talked to, stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
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
  qmp?: Qmp;
  ended: boolean;
}

export function sparse(path: string, size: number): string {
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

export function startMachine(
  files: MachineFiles,
  args: readonly string[],
  say: (line: string) => void,
): Machine {
  const child = spawn('qemu-system-x86_64', args, {
    // Where QEMU keeps what the guest writes to its root disk.
    env: { ...process.env, PATH: searchPath(), TMPDIR: dirname(files.truth) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const machine: Machine = {
    child,
    files,
    console: new ConsoleFollower(files.console, say),
    complaints: [],
    ended: false,
  };
  child.stderr?.on('data', (chunk: Buffer) => machine.complaints.push(chunk.toString().trim()));
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
