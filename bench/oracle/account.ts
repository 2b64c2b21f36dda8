// drgn's account of a raw dump: makes its root and the vmcore, runs facts.py in it, leaves the JSON in a file.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../error.js';
import { type Archive, debuginfoOf } from '../peers/debuginfo.js';
import { cachePath } from '../peers/paths.js';
import { NEWEST_DRGN, PeerRoot } from '../peers/root.js';
import { processorNotes } from '../vmcore/processor-notes.js';
import { RawDump } from '../vmcore/raw.js';
import { findKernel, type Kernel, wrapDump } from '../vmcore/wrap.js';

export interface OracleOptions extends Archive {
  /** Bytes of memory below the PC's hole. */
  readonly low?: number | undefined;
  /** An ELF dump of the same machine, whose notes hold the registers of its processors. */
  readonly notes?: string | undefined;
}

/** A raw dump as an ELF vmcore, for as long as it is used. */
export interface Vmcore {
  readonly path: string;
  readonly kernel: Kernel;
}

export function withVmcore<T>(dumpPath: string, options: OracleOptions, use: (vmcore: Vmcore) => T): T {
  const dump = new RawDump(dumpPath, options.low);
  const path = cachePath(`vmcore-${process.pid}`);
  try {
    const kernel = findKernel(dump);
    const notes = options.notes === undefined ? undefined : processorNotes(options.notes);
    wrapDump(dump, kernel, path, notes);
    return use({ path, kernel });
  } finally {
    rmSync(path, { force: true });
    dump.close();
  }
}

/** The version of drgn that answered. */
export function writeAccount({ path, kernel }: Vmcore, output: string, archive: Archive): string {
  const debuginfo = debuginfoOf(kernel.info, archive);
  const root = PeerRoot.make(NEWEST_DRGN, debuginfo, kernel.info.release);
  runDrgn(root, path, output);
  return root.version(['drgn', '--version']);
}

function runDrgn(root: PeerRoot, vmcore: string, output: string): void {
  const room = import.meta.dirname;
  const scripts = readdirSync(room).filter((name) => name.endsWith('.py'));
  const run = root.openRun(
    vmcore,
    scripts.map((name) => join(room, name)),
  );
  const out = openSync(output, 'w');
  try {
    const command = root.inside(['drgn', '-q', '-c', run.path('vmcore'), run.path('facts.py')]);
    const drgn = spawnSync(command[0]!, command.slice(1), { stdio: ['ignore', out, 'inherit'] });
    if (drgn.status !== 0) throw new BenchError(`drgn failed with status ${drgn.status}.`);
  } finally {
    closeSync(out);
    run.close();
  }
}
