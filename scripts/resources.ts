// Generates docs/resources.md from the planner's table of resources (npm run resources); a test compares.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CRASH_BIT_NAME, SEVERITY } from '../src/resurrect/abi/records/refusals.js';
import type { Resource } from '../src/resurrect/plan/resources/resource.js';
import { RESOURCE_GROUPS } from '../src/resurrect/plan/resources.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const RESOURCES_FILE = join(root, 'docs/resources.md');

const HEAD = `# What is planned, and what is refused

A plan brings back what the middle column says. What it cannot bring back is in the plan as a refusal, under the name of
its row here, with the reason and the processes concerned, and has a consequence for these:

- *noted*: nothing that they would notice in their work;
- *crash procedure*: their crash procedures are asked, with the bits named; without one they end;
- *lost*: they cannot be brought back.

Generated from \`src/resurrect/plan/resources/\` by \`npm run resources\`.
`;

const CONSEQUENCE: Readonly<Record<number, string>> = {
  [SEVERITY.noted]: 'noted',
  [SEVERITY.crash_procedure]: 'crash procedure',
  [SEVERITY.fatal]: 'lost',
};

export function resourcesDocument(): string {
  return HEAD + RESOURCE_GROUPS.map(({ title, rows }) => chapter(title, rows)).join('');
}

function chapter(title: string, rows: Readonly<Record<string, Resource>>): string {
  const lines = Object.entries(rows).map(([name, resource]) => row(name, resource));
  const head = '| resource | planned | refused | consequence |\n|---|---|---|---|\n';
  return `\n## ${title}\n\n${head}${lines.join('\n')}\n`;
}

function row(name: string, { title, planned, refused, severity, crashBits }: Resource): string {
  const consequence = refused === '' ? '–' : [CONSEQUENCE[severity], ...bits(crashBits)].join(', ');
  return `| ${title} (\`${name}\`) | ${planned || '–'} | ${refused || '–'} | ${consequence} |`;
}

function bits(mask: number): string[] {
  const set = Object.entries(CRASH_BIT_NAME).filter(([bit]) => (mask & Number(bit)) !== 0);
  return set.map(([, name]) => `\`${name}\``);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(RESOURCES_FILE, resourcesDocument());
