// What programs in a guest say, and the list of what is known not to come back.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LIMITS, type Limit, limitsOf, unexpected, verdictsOf } from '../../../src/lab/known-limits.js';
import { SUITES } from '../../../src/lab/suites.js';

const SAID = [
  'PASS vi-file',
  'FAIL joe-file a difference',
  'pid              PASS',
  'mqueue-notify    FAIL nobody was told',
  'name-bytes       LOST',
  'huge-page        SKIP no huge pages',
  'something about PASS',
  '2 passed, 2 failed, 1 lost',
];

test('verdicts are heard of editors and of victims, and nothing else is taken for one', () => {
  const { passed, failed } = verdictsOf(SAID);
  expect(passed).toEqual(['vi-file', 'pid']);
  expect([...failed]).toEqual([
    ['joe-file', 'FAIL joe-file a difference'],
    ['mqueue-notify', 'mqueue-notify FAIL nobody was told'],
    ['name-bytes', 'name-bytes LOST'],
  ]);
});

test('what is known not to come back is no surprise', () => {
  const limits: readonly Limit[] = [
    { name: 'mqueue-notify', why: 'it asks no more' },
    { name: 'name-bytes', suites: ['bullseye'], why: 'it is called otherwise' },
  ];
  expect(limitsOf('sid', limits).map(({ name }) => name)).toEqual(['mqueue-notify']);
  expect(unexpected('sid', verdictsOf(SAID), limits)).toEqual([
    'FAIL joe-file a difference',
    'name-bytes LOST',
  ]);
  expect(unexpected('bullseye', verdictsOf(SAID), limits)).toEqual(['FAIL joe-file a difference']);
});

test.each(SUITES)('each limit under %s is that of a victim, and told in docs/resurrection.md', (suite) => {
  const victims = readFileSync('docs/victims.md', 'utf8');
  const told = readFileSync('docs/resurrection.md', 'utf8');
  for (const { name, suites } of limitsOf(suite)) {
    expect(victims).toContain(`| \`${name}\` |`);
    const line = told.split('\n').find((each) => each.includes(`\`${name}\``));
    expect(line, name).toBeDefined();
    if (suites !== undefined) expect(line).toContain(suite);
  }
  expect(new Set(LIMITS.map(({ name }) => name)).size).toBe(LIMITS.length);
});
