// Two accounts fact by fact: what is equal, what is different and explained, what is different and not.

import type { Account, Subject, Value } from './facts.js';
import { explains, type Rule } from './rule.js';

export interface Difference {
  readonly kind: string;
  readonly subject: string;
  /** Null: the whole subject is known to one side only. */
  readonly field: string | null;
  /** Undefined where that side has no such fact. */
  readonly ours: Value | undefined;
  readonly theirs: Value | undefined;
  readonly tags: readonly string[];
}

export interface Explained extends Difference {
  readonly rule: string;
}

export interface Comparison {
  readonly kind: string;
  readonly subjects: number;
  /** Facts: fields of subjects that both know, and subjects that one knows. */
  readonly compared: number;
  readonly equal: number;
  readonly explained: readonly Explained[];
  readonly different: readonly Difference[];
}

export function compare(kind: string, ours: Account, theirs: Account, rules: readonly Rule[]): Comparison {
  const keys = new Set([...ours.keys(), ...theirs.keys()]);
  const explained: Explained[] = [];
  const different: Difference[] = [];
  let compared = 0;
  for (const key of keys) {
    const [mine, yours] = [ours.get(key), theirs.get(key)];
    compared += factsOf(mine, yours);
    for (const difference of differences(kind, mine, yours)) {
      const rule = rules.find((each) => explains(each, difference));
      if (rule === undefined) different.push(difference);
      else explained.push({ ...difference, rule: rule.name });
    }
  }
  const equal = compared - explained.length - different.length;
  return { kind, subjects: keys.size, compared, equal, explained, different };
}

function fieldNames(mine: Subject, yours: Subject): string[] {
  return [...new Set([...Object.keys(mine.fields), ...Object.keys(yours.fields)])];
}

function factsOf(mine: Subject | undefined, yours: Subject | undefined): number {
  return mine === undefined || yours === undefined ? 1 : fieldNames(mine, yours).length;
}

function differences(kind: string, mine: Subject | undefined, yours: Subject | undefined): Difference[] {
  const common = { kind, subject: (mine ?? yours)?.label ?? '', tags: mine?.tags ?? yours?.tags ?? [] };
  if (mine === undefined || yours === undefined) {
    return [{ ...common, field: null, ours: known(mine), theirs: known(yours) }];
  }
  return fieldNames(mine, yours)
    .map((field) => ({ ...common, field, ours: mine.fields[field], theirs: yours.fields[field] }))
    .filter(({ ours, theirs }) => !same(ours, theirs));
}

/** A subject of one side, as a value: its fields, for whoever reads the report. */
function known(subject: Subject | undefined): Value | undefined {
  return subject === undefined ? undefined : JSON.stringify(subject.fields);
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, i) => same(item, b[i]));
}
