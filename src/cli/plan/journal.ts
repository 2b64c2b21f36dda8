// `ow plan journal P J`: what an executor did, step by step where it went wrong, and what became of each process.
import { EXIT } from '../../base/error.js';
import { decodePlan } from '../../resurrect/abi/decode.js';
import {
  allRun,
  type ExplainedStep,
  type Explanation,
  explainJournal,
} from '../../resurrect/journal/explain.js';
import { decodeJournal } from '../../resurrect/journal/journal-file.js';
import type { Style } from '../render/style.js';
import { table } from '../render/table.js';
import { plural, printable } from '../render/units.js';
import type { Result } from '../result.js';
import { readBytes } from './plan-file.js';

/** `all`: every step, not only those that were not done. */
export function journal(planPath: string, journalPath: string, all: boolean): Result<'plan-journal'> {
  const bytes = readBytes(planPath);
  const plan = decodePlan(bytes, planPath);
  const explanation = explainJournal(plan, bytes, decodeJournal(readBytes(journalPath), journalPath));
  return {
    schema: 'plan-journal',
    data: () => explanation,
    text: (style) => explanationLines(explanation, all, style),
    exitCode: allRun(explanation) ? EXIT.ok : EXIT.broken,
  };
}

/** `all`: every step, not only those that went wrong. */
export function* explanationLines(
  { executor, steps, processes, torn }: Explanation,
  all: boolean,
  style: Style,
) {
  yield `executed by ${executor}`;
  for (const step of steps) if (all || isWorthTelling(step)) yield* stepLines(step, style);
  if (torn > 0)
    yield style.bad(`the executor died while it wrote: ${plural(torn, 'byte')} of an entry at the end`);
  yield `${summary(steps)}`;
  yield '';
  yield* table(
    [
      { head: 'PID', cell: ({ pid }) => pid, right: true },
      { head: 'OUTCOME', cell: ({ outcome }) => outcome },
      { head: 'STEP', cell: ({ step }) => step ?? '-', right: true },
      { head: 'NAME', cell: ({ name }) => printable(name) },
    ],
    processes,
  );
}

function isWorthTelling({ outcome }: ExplainedStep): boolean {
  return outcome === 'failed' || outcome === 'started';
}

function* stepLines(step: ExplainedStep, style: Style) {
  const paint = step.outcome === 'done' ? style.good : step.outcome === 'failed' ? style.bad : style.title;
  const object = step.object === '' ? '' : ` ${step.object}`;
  const what = `${step.operation}${object}${step.about === null ? place(step) : `, ${printable(step.about)}`}`;
  yield `step ${step.step} (${step.stage}): ${what}: ${paint(step.outcome)}${step.error === null ? '' : ` with ${step.error}, ${step.meaning}`}`;
  if (step.advice !== null) yield style.dim(`    ${step.advice}`);
}

function place({ child, detail }: ExplainedStep): string {
  return `${child === null ? '' : `, child ${child}`}${detail === null ? '' : `, ${detail}`}`;
}

function summary(steps: readonly ExplainedStep[]): string {
  const outcomes = ['done', 'failed', 'skipped', 'started', 'not reached'] as const;
  const counts = outcomes.map(
    (name) => [steps.filter(({ outcome }) => outcome === name).length, name] as const,
  );
  const told = counts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
  return `${plural(steps.length, 'step')}: ${told.join(', ')}`;
}
