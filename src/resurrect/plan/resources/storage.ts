// What of IPC objects and storage is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

export const STORAGE_RESOURCES = {
  shm_segment: {
    title: 'System V shared memory',
    planned:
      'Identifier, key, owner, mode, size and pages: of every segment in the IPC namespaces of the plan.',
    refused: 'A segment whose pages could not be told.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.ipc,
  },
  semaphores: {
    title: 'System V semaphores',
    planned:
      'Sets with values, who changed them last, and what is undone when processes end; who waits asks again.',
    refused: '',
    severity: SEVERITY.noted,
    crashBits: 0,
  },
  message_queue: {
    title: 'Message queues',
    planned: 'System V and POSIX, with limits and waiting messages.',
    refused: 'Messages that could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.ipc,
  },
  mq_notify: {
    title: 'mq_notify',
    planned: 'Who asked to be told of messages by a signal, and which; or asked not to be.',
    refused: 'SIGEV_THREAD, whose messages come by a netlink socket; who asked and is not in the plan.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.ipc,
  },
  writeback: {
    title: 'Pages to write back',
    planned:
      'Every page of a file on a file system that survives which the disk may lack: of open and mapped files first, then by file system and inode.',
    refused: 'Pages that were not up to date, and pages of files without a name.',
    severity: SEVERITY.noted,
    crashBits: CRASH_BIT.file,
  },
  file_system_metadata: {
    title: "File systems' own pages",
    planned: '',
    refused: 'Dirty blocks of a mounted device: its file system recovers from its journal.',
    severity: SEVERITY.noted,
    crashBits: 0,
  },
  tmpfs_entry: {
    title: 'tmpfs',
    planned:
      'Each tmpfs that a process of the plan sees: options, and directories, files, links, FIFOs, socket names and devices in it.',
    refused: 'Entries that could not be read.',
    severity: SEVERITY.crash_procedure,
    crashBits: CRASH_BIT.file,
  },
} as const satisfies Record<string, Resource>;
