// Leaves what drgn finds in a raw dump as JSON, to compare the engine with.
//
//   tsx bench/oracle/run.ts DUMP.RAW [-o facts.json] [--suite SUITE] [--mirror URL] [--low BYTES] [--notes DUMP.ELF]

import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BenchError, fail } from '../error.js';
import { withVmcore, writeAccount } from './account.js';

const OPTIONS = {
  output: { type: 'string', short: 'o', default: 'facts.json' },
  suite: { type: 'string' },
  mirror: { type: 'string' },
  low: { type: 'string' },
  notes: { type: 'string' },
} as const;

function main(): void {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined) throw new BenchError('usage: tsx bench/oracle/run.ts DUMP.RAW [-o facts.json]');
  const low = values.low === undefined ? undefined : Number(values.low);
  withVmcore(path, { ...values, low }, (vmcore) => writeAccount(vmcore, values.output, values));
  process.stderr.write(`${values.output}: ${statSync(values.output).size} bytes\n`);
}

try {
  main();
} catch (error) {
  fail(error);
}
