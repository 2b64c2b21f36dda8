// Leaves what drgn finds in a raw dump as JSON, to compare the engine with.
//
//   tsx bench/oracle/run.ts DUMP.RAW [-o facts.json] [--suite SUITE] [--mirror URL] [--low BYTES]

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchError, fail } from '../error.js';
import { debuginfoOf } from '../peers/debuginfo.js';
import { cachePath } from '../peers/paths.js';
import { DRGN, PeerRoot } from '../peers/root.js';
import { RawDump } from '../vmcore/raw.js';
import { findKernel, wrapDump } from '../vmcore/wrap.js';

const OPTIONS = {
  output: { type: 'string', short: 'o', default: 'facts.json' },
  suite: { type: 'string' },
  mirror: { type: 'string' },
  low: { type: 'string' },
} as const;

function main(): void {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined) throw new BenchError('usage: tsx bench/oracle/run.ts DUMP.RAW [-o facts.json]');
  const dump = new RawDump(path, values.low === undefined ? undefined : Number(values.low));
  const kernel = findKernel(dump);
  const debuginfo = debuginfoOf(kernel.info, values);
  const root = PeerRoot.make(DRGN, debuginfo, kernel.info.release);
  const vmcore = cachePath(`vmcore-${process.pid}`);
  try {
    wrapDump(dump, kernel, vmcore);
    writeFacts(root, vmcore, values.output);
  } finally {
    rmSync(vmcore, { force: true });
    dump.close();
  }
  process.stderr.write(`${values.output}: ${statSync(values.output).size} bytes\n`);
}

function writeFacts(root: PeerRoot, vmcore: string, output: string): void {
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

try {
  main();
} catch (error) {
  fail(error);
}
