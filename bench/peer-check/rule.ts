// Why a difference is none: a rule names the kind and field, may ask for a tag of the subject, and must match both values.

import type { Value } from './facts.js';

/** Both values as they are; undefined where that side has no such fact. */
export interface Pair {
  readonly ours: Value | undefined;
  readonly theirs: Value | undefined;
}

export interface Rule {
  readonly name: string;
  readonly kind: string;
  /** Null: of subjects that one side only knows. */
  readonly fields: readonly string[] | null;
  /** The subject has it. */
  readonly tag?: string;
  /** Matches its label. */
  readonly subject?: RegExp;
  /** Matches `ours → theirs`, each as JSON, or as `absent`. Anchored at both ends. */
  readonly values?: RegExp;
  /** Instead: both are lists of one length, and each pair of elements that differ matches one of these. */
  readonly elements?: readonly RegExp[];
  /** Who is right, and why the other one says something else. */
  readonly reason: string;
  /** Pairs that the rule is for, and pairs that it must let stand: the tests try both. */
  readonly explains: readonly Pair[];
  readonly butNot: readonly Pair[];
}

export interface Case extends Pair {
  readonly kind: string;
  readonly subject: string;
  readonly field: string | null;
  readonly tags: readonly string[];
}

export function explains(rule: Rule, difference: Case): boolean {
  const { kind, field, subject, tags } = difference;
  if (rule.kind !== kind) return false;
  if (rule.fields === null ? field !== null : field === null || !rule.fields.includes(field)) return false;
  if (rule.tag !== undefined && !tags.includes(rule.tag)) return false;
  if (rule.subject !== undefined && !rule.subject.test(subject)) return false;
  if (rule.elements !== undefined) return sameButFor(rule.elements, difference);
  return rule.values?.test(pairText(difference)) ?? false;
}

function sameButFor(elements: readonly RegExp[], { ours, theirs }: Pair): boolean {
  if (!Array.isArray(ours) || !Array.isArray(theirs) || ours.length !== theirs.length) return false;
  return ours.every((mine: Value, i) => {
    const pair = { ours: mine, theirs: theirs[i] as Value };
    return (
      JSON.stringify(mine) === JSON.stringify(pair.theirs) ||
      elements.some((each) => each.test(pairText(pair)))
    );
  });
}

export function pairText({ ours, theirs }: Pair): string {
  return `${side(ours)} → ${side(theirs)}`;
}

function side(value: Value | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
