// Refusals, and the verdicts that follow from them.

import { oncePer } from '../../../base/once-per.js';
import { VERDICT } from '../../abi/records/processes.js';
import { REFUSED_KIND_TARGET, SEVERITY } from '../../abi/records/refusals.js';
import type { Invariant } from '../invariant.js';
import type { Subject } from '../subject.js';

/** What each process's refusals come to. */
const consequences = oncePer(({ plan }: Subject): readonly { verdict: number; bits: number }[] => {
  const found = plan.process.map(() => ({ verdict: VERDICT.continues as number, bits: 0 }));
  for (const { severity, crashBits, processes } of plan.refusal) {
    for (const { process } of processes) {
      const one = found[process];
      if (one === undefined || severity === SEVERITY.noted) continue;
      one.bits |= crashBits;
      const verdict = severity === SEVERITY.fatal ? VERDICT.lost : VERDICT.needs_crash_procedure;
      one.verdict = Math.max(one.verdict, verdict);
    }
  }
  return found;
});

export const REFUSALS: readonly Invariant[] = [
  {
    name: 'verdicts-follow',
    severity: 'error',
    why: 'The verdict on a process is what its refusals come to: nobody is said to go on who lacks something.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const expected = consequences(subject);
      subject.plan.process.forEach(({ verdict }, index) => {
        if (verdict !== expected[index]?.verdict) {
          report(
            `process[${index}]`,
            `has verdict ${verdict}; its refusals come to ${expected[index]?.verdict}`,
          );
        }
      });
    },
  },
  {
    name: 'crash-bits-follow',
    severity: 'error',
    why: 'A crash procedure is told all that could not be restored, and nothing else.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const expected = consequences(subject);
      subject.plan.process.forEach(({ crashBits }, index) => {
        const bits = expected[index]?.bits ?? 0;
        if (crashBits !== bits) {
          report(
            `process[${index}]`,
            `has crash bits 0x${crashBits.toString(16)}; its refusals set 0x${bits.toString(16)}`,
          );
        }
      });
    },
  },
  {
    name: 'refusals-explained',
    severity: 'error',
    why: 'A refusal says what and why.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.refusal.forEach(({ resource, reason }, index) => {
        if (resource === '' || reason === '') report(`refusal[${index}]`, 'has no resource, or no reason');
      });
    },
  },
  {
    name: 'refusals-about-something',
    severity: 'error',
    why: 'A refusal of an object leads to it.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.refusal.forEach(({ kind, object }, index) => {
        if (REFUSED_KIND_TARGET[kind] !== undefined && object === null)
          report(`refusal[${index}]`, 'leads nowhere');
      });
    },
  },
];
