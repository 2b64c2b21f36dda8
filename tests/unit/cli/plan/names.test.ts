// What the plan's commands print of names: nothing that drives a terminal, and every byte.
import { expect, test } from 'vitest';
import { reportLines } from '../../../../src/cli/commands/lab-run-report.js';
import { line } from '../../../../src/cli/plan/diff.js';
import { explanationLines } from '../../../../src/cli/plan/journal.js';
import type { RunReport } from '../../../../src/cli/records.js';
import { styleFor } from '../../../../src/cli/render/style.js';

const style = styleFor('never', {});
const NAME = '\udcff\x1b[31mé';
const SHOWN = '\\xff\\x1b[31mé';

test('a difference', () => {
  const change = { object: [`7 ${NAME}`, 'thread 7'], field: 'comm', before: NAME, after: 'x\x07' } as const;
  const told = (kind: 'changed' | 'added' | 'moved') => line({ change: kind, ...change } as never, style);
  expect(told('changed')).toBe(`~ 7 ${SHOWN} / thread 7: comm ${SHOWN} → x\\x07`);
  expect(told('added')).toBe(`+ 7 ${SHOWN} / thread 7`);
  expect(told('moved')).toBe(`> 7 ${SHOWN} / thread 7: ${SHOWN} → x\\x07`);
});

test('a journal', () => {
  const step = { outcome: 'failed', step: 3, stage: 'tree', operation: 'make_process', object: 'process[0]' };
  const about = { about: `process 7 (${NAME})`, error: null, advice: null, child: null, detail: null };
  const processes = [{ pid: 7, outcome: 'lost', step: 3, name: NAME }];
  const explanation = { executor: 'x', steps: [{ ...step, ...about }], processes, torn: 0 };
  const lines = [...explanationLines(explanation as never, false, style)];
  expect(lines[1]).toBe(`step 3 (tree): make_process process[0], process 7 (${SHOWN}): failed`);
  expect(lines.at(-1)).toBe(`  7  lost        3  ${SHOWN}`);
});

test('a run in the lab', () => {
  const process = { pid: 7, name: NAME, verdict: 'continues', outcome: 'runs', verified: null, facts: null };
  const ending = { outcome: 'failed', reason: NAME, interruption: null, after: null, unverified: null };
  const lines = [...reportLines({ ...ending, processes: [process], good: false } as unknown as RunReport)];
  expect(lines[1]).toMatch(/^ {2}7 {2}continues {2}runs /);
  expect(lines[1]?.endsWith(`  ${SHOWN}`)).toBe(true);
  expect(lines[2]).toBe(`failed: ${SHOWN}`);
});
