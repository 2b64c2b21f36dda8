// docs/resources.md is what the table says, and the table has no row that nothing in the planner refers to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RESOURCES_FILE, resourcesDocument } from '../../../../scripts/resources.js';
import { RESOURCES } from '../../../../src/resurrect/plan/resources.js';

const PLAN = 'src/resurrect/plan';

test('docs/resources.md is generated from the table', () => {
  expect(readFileSync(RESOURCES_FILE, 'utf8')).toBe(resourcesDocument());
});

test('every row with a consequence is used by the planner', () => {
  const sources = readdirSync(PLAN, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('resources'))
    .map((name) => readFileSync(join(PLAN, name), 'utf8'))
    .join('\n');
  const unused = Object.entries(RESOURCES)
    .filter(([name, { severity }]) => severity > 1 && !sources.includes(`'${name}'`))
    .map(([name]) => name);
  expect(unused).toEqual([]);
});

test('a row that refuses nothing has no consequence, and one that does more than note has crash bits', () => {
  for (const [name, { refused, severity, crashBits }] of Object.entries(RESOURCES)) {
    if (refused === '') expect([name, severity, crashBits]).toEqual([name, 1, 0]);
    else if (severity > 1) expect([name, crashBits]).not.toEqual([name, 0]);
  }
});
