// What of address spaces is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

export const MEMORY_RESOURCES = {
  shared_memory_pages: {
    title: 'Shared memory, memfd, tmpfs files',
    planned: 'Each inode once, with its size, seals and pages by offset; from memory or swap.',
    refused: 'Pages that were not up to date at death, or that the dump could not tell.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
} as const satisfies Record<string, Resource>;
