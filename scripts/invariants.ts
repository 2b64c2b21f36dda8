// Generates docs/invariants.md from the checker's catalogue (npm run invariants); a test compares.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INVARIANTS } from '../src/resurrect/check/catalogue.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const INVARIANTS_FILE = join(root, 'docs/invariants.md');

const HEAD = `# What must hold of a plan

\`ow plan check PLAN\` holds a plan to each of these, in this order. An error is what the resurrector would refuse or fail
at; a warning is what it would go on with. Checksums, references, sizes and unknown bits are no matter of these: a plan
that breaks them is not read at all ([plan-format.md](plan-format.md)).

Generated from \`src/resurrect/check/\` by \`npm run invariants\`. Each has a test with a plan that breaks it and no other.

| invariant | severity | why | the resurrector |
|---|---|---|---|
`;

export function invariantsDocument(): string {
  const rows = INVARIANTS.map(
    ({ name, severity, why, executor }) => `| \`${name}\` | ${severity} | ${why} | ${executor} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(INVARIANTS_FILE, invariantsDocument());
