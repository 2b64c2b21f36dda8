// The comparer of bench/peer-check must be able to fail: made-up accounts of both sides, and every explanation both ways.
import { describe, expect, test } from 'vitest';
import { compare } from '../../../bench/peer-check/compare.js';
import { EXPLANATIONS } from '../../../bench/peer-check/explanations.js';
import { type Account, subject } from '../../../bench/peer-check/facts.js';
import { KINDS } from '../../../bench/peer-check/kinds.js';
import { passed, type Report, renderReport, usedRules } from '../../../bench/peer-check/report.js';
import { type Case, explains, type Rule } from '../../../bench/peer-check/rule.js';

const TASKS: Account = new Map([
  ['0xff01', subject('1 init', { comm: 'init', ids: [1, 2], stack: ['a', ['b', 3]], mm: null })],
  ['0xff02', subject('2 kworker/0:1-x', { comm: 'kworker/0:1-x' }, ['workqueue'])],
]);
const RULE: Rule = {
  name: 'made up',
  kind: 'task',
  fields: ['comm'],
  tag: 'workqueue',
  values: /^"(.*)-x" → "\1"$/,
  reason: 'because',
  explains: [],
  butNot: [],
};

function changed(key: string, fields: Record<string, unknown>): Account {
  const old = TASKS.get(key);
  if (old === undefined) throw new Error(`no ${key}`);
  return new Map([...TASKS, [key, { ...old, fields: { ...old.fields, ...fields } as typeof old.fields }]]);
}

describe('compare', () => {
  test('counts every field of equal accounts', () => {
    const found = compare('task', TASKS, new Map(TASKS), []);
    expect(found).toMatchObject({ subjects: 2, compared: 5, equal: 5, explained: [], different: [] });
  });

  test.each([
    ['a text', { comm: 'inet' }],
    ['an element', { ids: [1, 3] }],
    ['the length', { ids: [1] }],
    ['the order', { ids: [2, 1] }],
    ['a nested element', { stack: ['a', ['b', 4]] }],
    ['null', { mm: '0x0' }],
    ['a number as text', { ids: ['1', 2] }],
  ])('finds a difference in %s', (_, fields) => {
    const theirs = changed('0xff01', fields);
    const found = compare('task', TASKS, theirs, []);
    expect(found.different.map(({ field }) => field)).toEqual(Object.keys(fields));
    expect(found.equal).toBe(4);
    expect(compare('task', theirs, TASKS, []).different).toHaveLength(1);
  });

  test('finds what only one side knows: a field, a subject', () => {
    const more = changed('0xff01', { extra: 1 });
    expect(compare('task', TASKS, more, []).different).toMatchObject([{ field: 'extra', theirs: 1 }]);
    expect(compare('task', more, TASKS, []).different).toMatchObject([{ field: 'extra', ours: 1 }]);
    const fewer: Account = new Map([...TASKS].slice(0, 1));
    expect(compare('task', TASKS, fewer, []).different).toMatchObject([
      { subject: '2 kworker/0:1-x', field: null },
    ]);
    expect(compare('task', fewer, TASKS, []).different).toHaveLength(1);
  });

  test('explains by rule what the rule is for, and nothing else', () => {
    const worker = changed('0xff02', { comm: 'kworker/0:1' });
    const found = compare('task', TASKS, worker, [RULE]);
    expect(found.explained).toMatchObject([{ rule: 'made up', field: 'comm' }]);
    expect(found.different).toEqual([]);
    expect(compare('task', TASKS, changed('0xff02', { comm: 'kworker/1:1' }), [RULE]).different).toHaveLength(
      1,
    );
    expect(compare('thread', TASKS, worker, [RULE]).different).toHaveLength(1);
    expect(compare('task', TASKS, worker, [{ ...RULE, tag: 'idle' }]).different).toHaveLength(1);
    expect(compare('task', TASKS, worker, [{ ...RULE, fields: ['mm'] }]).different).toHaveLength(1);
    expect(compare('task', TASKS, worker, [{ ...RULE, fields: null }]).different).toHaveLength(1);
    expect(compare('task', TASKS, worker, [{ ...RULE, subject: /^3 / }]).different).toHaveLength(1);
  });
});

describe.each(EXPLANATIONS.map((rule) => [rule.name, rule] as const))('explanation: %s', (_, rule) => {
  const about = (pair: Pick<Case, 'ours' | 'theirs'>, over: Partial<Case> = {}): Case => ({
    kind: rule.kind,
    subject: '1 somebody',
    field: rule.fields?.[0] ?? null,
    tags: rule.tag === undefined ? [] : [rule.tag],
    ...pair,
    ...over,
  });

  test('holds for its pairs, and not for those beside it', () => {
    expect(rule.explains.length).toBeGreaterThan(0);
    expect(rule.butNot.length).toBeGreaterThan(0);
    for (const pair of rule.explains) expect(explains(rule, about(pair)), JSON.stringify(pair)).toBe(true);
    for (const pair of rule.butNot) expect(explains(rule, about(pair)), JSON.stringify(pair)).toBe(false);
  });

  test('is anchored, and for its own kind, fields and tag alone', () => {
    const [pair] = rule.explains;
    if (pair === undefined) throw new Error('no pair');
    const patterns = [...(rule.elements ?? []), ...(rule.values === undefined ? [] : [rule.values])];
    expect(patterns.length).toBeGreaterThan(0);
    for (const { source } of patterns) expect(source).toMatch(/^\^.*\$$/);
    expect(explains(rule, about(pair, { kind: `${rule.kind}s` }))).toBe(false);
    expect(explains(rule, about(pair, { field: 'another' }))).toBe(false);
    if (rule.tag !== undefined) expect(explains(rule, about(pair, { tags: ['another'] }))).toBe(false);
  });

  test('names a kind that there is, and says why', () => {
    expect(KINDS.map(({ name }) => name)).toContain(rule.kind);
    expect(rule.reason.length).toBeGreaterThan(20);
  });
});

test('rules have names of their own', () => {
  const names = EXPLANATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('report', () => {
  const report = (ours: Account, theirs: Account, rules: readonly Rule[]): Report => {
    const kinds = [compare('task', ours, theirs, rules)];
    return {
      kernel: '6.1',
      drgn: 'drgn',
      kinds,
      rules: usedRules(kinds, rules),
      peerFaults: [],
      ourFaults: 0,
    };
  };

  test('passes when all is equal or explained', () => {
    expect(passed(report(TASKS, TASKS, []))).toBe(true);
    const explained = report(TASKS, changed('0xff02', { comm: 'kworker/0:1' }), [RULE]);
    expect(passed(explained)).toBe(true);
    expect(explained.rules).toEqual([{ name: 'made up', reason: 'because', count: 1 }]);
    expect(renderReport(explained, false)).toMatch(/^task +2 +5 +4 +1 +0$/m);
  });

  test('fails when one fact is not, and shows it', () => {
    const failed = report(TASKS, changed('0xff01', { mm: '0x1' }), [RULE]);
    expect(passed(failed)).toBe(false);
    expect(renderReport(failed, false)).toContain('  1 init: mm null → "0x1"');
  });

  test('fails when there was nothing to compare', () => {
    expect(passed(report(new Map(), new Map(), []))).toBe(false);
  });
});
