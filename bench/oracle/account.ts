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
import { findKernel, wrapDump } from '../vmcore/wrap.js';

export interface OracleOptions extends Archive {
  /** Bytes of memory below the PC's hole. */
  readonly low?: number | undefined;
  /** An ELF dump of the same machine, whose notes hold the registers of its processors. */
  readonly notes?: string | undefined;
}

/** The version of drgn that answered. */
export function writeAccount(dumpPath: string, output: string, options: OracleOptions): string {
  const dump = new RawDump(dumpPath, options.low);
  const vmcore = cachePath(`vmcore-${process.pid}`);
  try {
    const kernel = findKernel(dump);
    const debuginfo = debuginfoOf(kernel.info, options);
    const root = PeerRoot.make(NEWEST_DRGN, debuginfo, kernel.info.release);
    const notes = options.notes === undefined ? undefined : processorNotes(options.notes);
    wrapDump(dump, kernel, vmcore, notes);
    runDrgn(root, vmcore, output);
    return root.version(['drgn', '--version']);
  } finally {
    rmSync(vmcore, { force: true });
    dump.close();
  }
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
