// A guest that goes on from the state in which it was ready. It waits to be told to go on: then it is armed, and panics at
// an NMI. Its RAM file and its port are there for whoever watches it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGuest } from '../../../src/lab/build.js';
import { makeKit } from '../../../src/lab/kit.js';
import { type Machine, sparse, startMachine, stopMachine } from '../../../src/lab/machine.js';
import { DEFAULT_MACHINE, type MachineOptions, qemuArguments } from '../../../src/lab/qemu.js';
import { Qmp } from '../../../src/lab/qmp.js';
import { readyState, resumeState, tellToGo, unpackState, WAIT } from '../../../src/lab/ready.js';
import type { Suite } from '../../../src/lab/suites.js';

export interface ReadyMachine {
  readonly release: string;
  readonly ram: string;
  readonly socket: string;
  console(): string;
  /** Has it armed. */
  go(): Promise<void>;
  /** Has it panic, once it waits for that. */
  strike(): Promise<void>;
  stop(): Promise<void>;
}

/** `append`: of the crash kernel. */
export async function readyMachine(suite: Suite, append: string): Promise<ReadyMachine> {
  const onProgress = (line: string) => process.stderr.write(`${line}\n`);
  const workloads = ['editors'];
  const options: MachineOptions = { ...DEFAULT_MACHINE, workloads, panic: 'resurrect', append: WAIT };
  const guest = await buildGuest({ suite, onProgress });
  const dir = mkdtempSync(join(tmpdir(), 'ow-guard-'));
  const at = (name: string) => join(dir, name);
  const files = {
    ...{ ram: sparse(at('ram'), options.ramBytes), truth: sparse(at('truth'), 2 ** 31), swap: at('swap') },
    ...{ overlay: at('root.qcow2'), incoming: true, console: at('console.log'), qmp: at('qmp') },
    resurrect: { kit: at('kit'), port: at('port') },
  };
  await makeKit(guest, files.resurrect.kit, { workloads, panic: 'nmi', record: false, append, onProgress });
  const state = await readyState(guest, options, { timeoutSeconds: 900, onProgress });
  await unpackState(state, files);
  const machine: Machine = startMachine(files, qemuArguments(guest, files, options), onProgress);
  const qmp = await Qmp.connect(files.qmp, () => !machine.ended);
  machine.qmp = qmp;
  return {
    ...{ release: guest.release, ram: files.ram, socket: files.resurrect.port },
    console: () => machine.console.text(),
    go: async () => {
      await resumeState(state, qmp);
      tellToGo(machine);
    },
    strike: async () => {
      while (!machine.console.text().includes('ow: waiting for an NMI') && !machine.ended) await sleep(50);
      await sleep(1000);
      await qmp.execute('inject-nmi');
    },
    stop: async () => {
      await stopMachine(machine);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
