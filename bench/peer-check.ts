// Holds ours against drgn, fact by fact, on one raw dump.
//
//   npm run peer-check -- DUMP.RAW [--json] [--all] [--notes DUMP.ELF] [--facts facts.json]

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSnapshot } from '../src/parsers/build-snapshot.js';
import { type Dump, openDump } from '../src/parsers/dump.js';
import { BenchError, fail } from './error.js';
import { type Vmcore, withVmcore, writeAccount } from './oracle/account.js';
import { compare } from './peer-check/compare.js';
import { EXPLANATIONS } from './peer-check/explanations.js';
import { KINDS } from './peer-check/kinds.js';
import type { Oracle } from './peer-check/oracle.js';
import { passed, type Report, renderReport, usedRules } from './peer-check/report.js';
import { cachePath } from './peers/paths.js';

const OPTIONS = {
  json: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  facts: { type: 'string' },
  notes: { type: 'string' },
  suite: { type: 'string' },
  mirror: { type: 'string' },
  low: { type: 'string' },
} as const;

const USAGE = `usage: npm run peer-check -- DUMP.RAW [options]
  --json         the report as JSON
  --all          every difference, not the first of each kind
  --notes ELF    an ELF dump of the same machine: its processors' registers, for the stacks of running tasks
  --facts FILE   what bench/oracle wrote of this dump before
  --suite SUITE  where the guest's kernel came from (guessed from its release)
  --mirror URL   archive for its debuginfo, such as one of snapshot.debian.org's
  --low BYTES    memory below the PC's hole, in a guest of 2.75 GiB or more
exit code: 0 all equal or explained, 1 not, 4 could not be checked`;

const DIFFERENT = 1;

function main(): void {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined) throw new BenchError(USAGE);
  const found = check(resolve(path), values);
  process.stdout.write(
    values.json ? `${JSON.stringify(found, undefined, 1)}\n` : renderReport(found, values.all),
  );
  if (!passed(found)) process.exitCode = DIFFERENT;
}

type Settings = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** Both sides read the same file: the dump as an ELF vmcore. */
function check(path: string, settings: Settings): Report {
  const low = settings.low === undefined ? undefined : Number(settings.low);
  return withVmcore(path, { ...settings, low }, (vmcore) => {
    const { oracle, drgn } = peerAccount(vmcore, settings);
    const dump = openDump(vmcore.path);
    try {
      return report(dump, oracle, drgn);
    } finally {
      dump.close();
    }
  });
}

function report(dump: Dump, oracle: Oracle, drgn: string): Report {
  const snapshot = buildSnapshot(dump);
  const ours = { snapshot, kernel: dump.kernel };
  const kinds = KINDS.map((kind) =>
    compare(kind.name, kind.ours(ours, oracle), kind.theirs(oracle), EXPLANATIONS),
  );
  return {
    kernel: snapshot.system.release,
    drgn,
    kinds,
    rules: usedRules(kinds, EXPLANATIONS),
    peerFaults: oracle.faults.map(({ what, why }) => `${what}: ${why}`),
    ourFaults: snapshot.faults.count,
  };
}

function peerAccount(vmcore: Vmcore, settings: Settings): { oracle: Oracle; drgn: string } {
  if (settings.facts !== undefined) return { oracle: load(settings.facts), drgn: `drgn (${settings.facts})` };
  const room = mkdtempSync(cachePath('facts-'));
  try {
    const output = join(room, 'facts.json');
    const drgn = writeAccount(vmcore, output, settings);
    return { oracle: load(output), drgn };
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

function load(path: string): Oracle {
  return JSON.parse(readFileSync(path, 'utf8')) as Oracle;
}

try {
  main();
} catch (error) {
  fail(error);
}
