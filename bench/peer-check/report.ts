// The outcome of a check as a table, with the reasons of what was explained and all that was not.

import type { Comparison, Difference } from './compare.js';
import { pairText, type Rule } from './rule.js';

export interface Report {
  readonly kernel: string;
  readonly drgn: string;
  readonly kinds: readonly Comparison[];
  /** The rules that were used, how often. */
  readonly rules: readonly { readonly name: string; readonly count: number; readonly reason: string }[];
  /** What drgn could not read. */
  readonly peerFaults: readonly string[];
  readonly ourFaults: number;
}

const SHOWN = 20;
const VALUE_WIDTH = 300;

export function usedRules(kinds: readonly Comparison[], rules: readonly Rule[]): Report['rules'] {
  const counts = new Map<string, number>();
  for (const { rule } of kinds.flatMap(({ explained }) => explained)) {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return rules
    .filter(({ name }) => counts.has(name))
    .map(({ name, reason }) => ({ name, reason, count: counts.get(name) ?? 0 }));
}

/** Nothing is left unexplained, and there was something to compare. */
export function passed({ kinds }: Report): boolean {
  return kinds.some(({ equal }) => equal > 0) && kinds.every(({ different }) => different.length === 0);
}

export function renderReport(report: Report, all: boolean): string {
  const { kernel, drgn, kinds, rules, peerFaults, ourFaults } = report;
  const lines = [`${kernel}, beside ${drgn}`, '', ...table(kinds), ''];
  for (const { name, count, reason } of rules) lines.push(`explained ${count} × ${name}: ${reason}`);
  for (const fault of peerFaults) lines.push(`drgn could not read: ${fault}`);
  if (ourFaults > 0) lines.push(`faults of ours: ${ourFaults} (ow-inspect DUMP faults)`);
  for (const { kind, different } of kinds) lines.push(...details(kind, different, all));
  return `${lines.join('\n')}\n`;
}

function table(kinds: readonly Comparison[]): string[] {
  const rows = kinds.map((each) => [
    each.subjects,
    each.compared,
    each.equal,
    each.explained.length,
    each.different.length,
  ]);
  const total = rows.reduce((sum, row) => sum.map((n, i) => n + (row[i] ?? 0)), [0, 0, 0, 0, 0]);
  const head = ['', 'subjects', 'facts', 'equal', 'explained', 'different'];
  const body = [
    ...kinds.map(({ kind }, i) => [kind, ...(rows[i] ?? []).map(String)]),
    ['all', ...total.map(String)],
  ];
  return [head, ...body].map(([name = '', ...cells]) =>
    [name.padEnd(22), ...cells.map((cell) => cell.padStart(10))].join('').trimEnd(),
  );
}

function details(kind: string, different: readonly Difference[], all: boolean): string[] {
  if (different.length === 0) return [];
  const shown = all ? different : different.slice(0, SHOWN);
  const rest = different.length - shown.length;
  return [
    '',
    `${kind}: ${different.length} different`,
    ...shown.map((each) => `  ${each.subject}: ${each.field ?? '(whole)'} ${clip(pairText(each))}`),
    ...(rest > 0 ? [`  … and ${rest} more: --all`] : []),
  ];
}

function clip(line: string): string {
  return line.length > 2 * VALUE_WIDTH ? `${line.slice(0, 2 * VALUE_WIDTH)} …` : line;
}
