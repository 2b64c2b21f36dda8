// What of files, terminals, sockets, IPC and storage is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

export const FILE_RESOURCES = {
  unknown_file: {
    title: 'Other files',
    planned: '',
    refused: 'An open file of a kind that no row above tells of.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.file,
  },
} as const satisfies Record<string, Resource>;
