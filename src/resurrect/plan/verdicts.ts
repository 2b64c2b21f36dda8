// What the refusals come to for each process.

import { type Process, VERDICT, type Verdict } from '../abi/records/processes.js';
import { type Refusal, SEVERITY } from '../abi/records/refusals.js';

/** The same processes, with verdict and crash bits. What is merely noted changes neither. */
export function withVerdicts(
  processes: readonly Process[],
  refusals: readonly Refusal[],
): readonly Process[] {
  const verdicts: Verdict[] = processes.map(() => VERDICT.continues);
  const bits = processes.map(() => 0);
  for (const { severity, crashBits, processes: concerned } of refusals) {
    if (severity === SEVERITY.noted) continue;
    const follows = severity === SEVERITY.fatal ? VERDICT.lost : VERDICT.needs_crash_procedure;
    for (const { process } of concerned) {
      verdicts[process] = Math.max(verdicts[process] ?? 0, follows) as Verdict;
      bits[process] = (bits[process] ?? 0) | crashBits;
    }
  }
  return processes.map((process, index) => ({
    ...process,
    verdict: verdicts[index] ?? VERDICT.continues,
    crashBits: bits[index] ?? 0,
  }));
}
