// What of processes and threads is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

export const PROCESS_RESOURCES = {
  init: {
    title: 'PID 1',
    planned: '',
    refused: 'The crash kernel has an init of its own: it takes over the children.',
    severity: SEVERITY.noted,
    crashBits: 0,
  },
  parent: {
    title: 'Parents outside the plan',
    planned: 'Processes of the plan keep their parents.',
    refused: 'A process whose parent is not in the plan, and not PID 1, becomes a child of init.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.process,
  },
} as const satisfies Record<string, Resource>;
