// What came of a run, process by process: the plan's verdict, the journal's outcome, what was verified in the memory of
// those that went on, and how long they stood still.

import { join } from 'node:path';
import { OwError } from '../../base/error.js';
import { Fault } from '../../base/fault.js';
import { explainResurrection } from '../../guard/explain.js';
import type { Resurrection } from '../../guard/resurrection.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { VERDICT_NAME } from '../../resurrect/abi/records/processes.js';
import type { Verification } from '../../resurrect/verify/verify-plan.js';
import { openAfter, verifyAgainst } from '../plan/verify.js';
import type { ProcessReport, RunReport } from '../records.js';
import { table } from '../render/table.js';
import { printable } from '../render/units.js';

export function reportRun(dir: string, resurrection: Resurrection, verify: boolean): RunReport {
  const { outcome, reason, after } = resurrection;
  const interruption = resurrection.stages.find(({ name }) => name === 'resumed')?.host ?? null;
  const base = { outcome, reason, interruption, after };
  const explained = explainResurrection(resurrection);
  if (explained === null) return { ...base, processes: [], unverified: null, good: false };
  const verified = verify && outcome === 'resurrected' ? verification(dir, explained.plan) : null;
  const checked = verified instanceof Error ? null : verified;
  const processes = explained.plan.process.map(({ pid, name, verdict }, index) => ({
    ...{ pid, name, verdict: VERDICT_NAME[verdict]?.replaceAll('_', ' ') ?? '' },
    outcome: explained.journal?.processes[index]?.outcome ?? 'unknown',
    verified: checked?.processes[index]?.outcome ?? null,
    facts: checked?.processes[index]?.facts ?? null,
  }));
  const holds = checked === null ? !verify : checked.holds;
  return {
    ...base,
    processes,
    unverified: verified instanceof Error ? verified.message : null,
    good: explained.allGoOn && holds && !after,
  };
}

function verification(dir: string, plan: Plan): Verification | Error {
  const image = join(dir, 'dump-after.raw');
  try {
    const dump = openAfter(image, {});
    try {
      return verifyAgainst(plan, dump);
    } finally {
      dump.close();
    }
  } catch (error) {
    if (error instanceof OwError || error instanceof Fault) return error;
    throw error;
  }
}

export function* reportLines(report: RunReport): Generator<string> {
  const { outcome, reason, interruption, after, unverified } = report;
  const time = interruption === null ? '-' : `${(interruption / 1000).toFixed(2)} s`;
  if (report.processes.length > 0) {
    yield* table<ProcessReport>(
      [
        { head: 'PID', cell: ({ pid }) => pid, right: true },
        { head: 'PLAN', cell: ({ verdict }) => verdict },
        { head: 'OUTCOME', cell: (one) => one.outcome },
        { head: 'VERIFIED', cell: ({ verified }) => verified ?? '-' },
        { head: 'FACTS', cell: ({ facts }) => facts ?? '-', right: true },
        { head: 'STOOD STILL', cell: (one) => (one.outcome === 'runs' ? time : '-'), right: true },
        { head: 'NAME', cell: ({ name }) => printable(name) },
      ],
      report.processes,
    );
  }
  if (unverified !== null) yield `the memory after could not be verified: ${unverified}`;
  if (after !== null) yield `what was run afterwards ended with exit code ${after}`;
  yield `${outcome}${reason === null ? '' : `: ${printable(reason)}`}`;
}
