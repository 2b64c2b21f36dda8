// The table of resources: what of a process is planned, what is refused and what follows from that. docs/resources.md is
// generated from it; every refusal of a plan names its row here.

import { FILE_RESOURCES } from './resources/files.js';
import { MEMORY_RESOURCES } from './resources/memory.js';
import { PROCESS_RESOURCES } from './resources/processes.js';
import { SOCKET_RESOURCES } from './resources/sockets.js';
import { STORAGE_RESOURCES } from './resources/storage.js';

export const RESOURCES = {
  ...PROCESS_RESOURCES,
  ...MEMORY_RESOURCES,
  ...FILE_RESOURCES,
  ...SOCKET_RESOURCES,
  ...STORAGE_RESOURCES,
} as const;

export type ResourceName = keyof typeof RESOURCES;

/** As chapters of the documentation. */
export const RESOURCE_GROUPS = [
  { title: 'Processes and threads', rows: PROCESS_RESOURCES },
  { title: 'Memory', rows: MEMORY_RESOURCES },
  { title: 'Open files and terminals', rows: FILE_RESOURCES },
  { title: 'Sockets', rows: SOCKET_RESOURCES },
  { title: 'IPC and storage', rows: STORAGE_RESOURCES },
] as const;
