// Generates docs/invariants.md from the checker's catalogue (npm run invariants); a test compares.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DUMP_INVARIANTS } from '../src/resurrect/check/against-dump.js';
import { INVARIANTS } from '../src/resurrect/check/catalogue.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const INVARIANTS_FILE = join(root, 'docs/invariants.md');

const HEAD = `# What must hold of a plan

\`ow plan check PLAN\` holds a plan to each of these, in this order. An error is what the resurrector would refuse or fail
at; a warning is what it would go on with. Checksums, references, sizes and unknown bits are no matter of these: a plan
that breaks them is not read at all ([plan-format.md](plan-format.md)).

Generated from \`src/resurrect/check/\` by \`npm run invariants\`. Each has a test with a plan that breaks it and no other.

`;

const TABLE = '| invariant | severity | why | the resurrector |\n|---|---|---|---|\n';

const WITH_DUMP = `
## With the dump

\`ow plan check PLAN --dump DUMP\` asks the dump that the plan was made of, too:

`;

interface Row {
  readonly name: string;
  readonly severity: string;
  readonly why: string;
  readonly executor: string;
}

export function invariantsDocument(): string {
  return `${HEAD}${TABLE}${rows(INVARIANTS)}${WITH_DUMP}${TABLE}${rows(DUMP_INVARIANTS)}`;
}

function rows(invariants: readonly Row[]): string {
  return invariants
    .map(({ name, severity, why, executor }) => `| \`${name}\` | ${severity} | ${why} | ${executor} |\n`)
    .join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(INVARIANTS_FILE, invariantsDocument());
