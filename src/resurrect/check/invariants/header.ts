// The header: whose plan it is; and what holds of the plan as a whole.

import { FEATURE } from '../../abi/records/container.js';
import { PAGE_FLAG } from '../../abi/records/memory.js';
import type { Invariant } from '../invariant.js';
import { surveyOf } from '../run-survey.js';
import { eachText } from '../texts.js';

const NUL = '\0';

export const HEADER: readonly Invariant[] = [
  {
    name: 'kernel-named',
    severity: 'error',
    why: 'The plan names the kernel that died: without its release nobody can tell whose memory it is about.',
    executor: 'refuses the plan',
    find: ({ plan: { header } }, report) => {
      if (header.release[0] === 0) report('header.release', 'is empty');
      if (header.release.at(-1) !== 0) report('header.release', 'has no NUL at its end');
    },
  },
  {
    name: 'identity-known',
    severity: 'error',
    why: "The digest of the dump's identity pages tells this death from any other: a plan without it could be executed on the wrong memory.",
    executor: 'refuses the plan',
    find: ({ plan: { header } }, report) => {
      if (header.identity.every((byte) => byte === 0)) report('header.identity', 'is zero');
    },
  },
  {
    name: 'identity-pages-known',
    severity: 'warning',
    why: 'The crash kernel digests the identity pages again, to see that the plan is for this death: it must know where they are.',
    executor: 'refuses the plan',
    find: ({ plan: { identityPage } }, report) => {
      if (identityPage.length === 0) report('header.identity', 'is of pages that are not named');
    },
  },
  {
    name: 'paging-levels',
    severity: 'error',
    why: 'x86-64 has page tables of 4 or 5 levels; the end of user addresses follows from that.',
    executor: 'refuses the plan',
    find: ({ plan: { header } }, report) => {
      const { pagingLevels } = header;
      if (pagingLevels !== 4 && pagingLevels !== 5) report('header.pagingLevels', `is ${pagingLevels}`);
    },
  },
  {
    name: 'clocks-known',
    severity: 'warning',
    why: 'Clocks of the processes go on from the moment of death: it must be known.',
    executor: 'lets the clocks of the crash kernel stand',
    find: ({ plan: { header } }, report) => {
      if (header.panicMonotonic === 0n) report('header.panicMonotonic', 'is 0');
      if (header.panicBoottime < header.panicMonotonic) {
        report('header.panicBoottime', 'lies before CLOCK_MONOTONIC, which stands still in suspend');
      }
    },
  },
  {
    name: 'digests-announced',
    severity: 'error',
    why: 'A plan whose page runs carry digests says so in its features, so that no executor passes over them.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const says = (subject.plan.header.features & BigInt(FEATURE.digests)) !== 0n;
      const carries = (surveyOf(subject).flags & PAGE_FLAG.digest) !== 0;
      if (carries && !says) report('header.features', 'lack `digests`, and page runs have them');
    },
  },
  {
    name: 'names-without-nul',
    severity: 'error',
    why: 'A name is any bytes but NUL: the kernel takes it to end there.',
    executor: 'refuses the plan',
    find: ({ plan, withoutNul }, report) => {
      if (withoutNul) return;
      eachText(plan, (text, where) => {
        if (text.includes(NUL)) report(where(), `has a NUL at ${text.indexOf(NUL)}`);
      });
    },
  },
];
