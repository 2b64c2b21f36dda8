// The plan's binary layout, all of it.

import { CONTAINER } from './container.js';
import { FILES } from './files.js';
import { IDENTITY } from './identity.js';
import { IPC } from './ipc.js';
import { MEMORY } from './memory.js';
import { PROCESSES } from './processes.js';
import { REFUSALS } from './refusals.js';
import { SIGNALS } from './signals.js';
import { SOCKETS } from './sockets.js';
import { STEPS } from './steps.js';
import { STORAGE } from './storage.js';
import { THREADS } from './threads.js';
import type { Schema } from './vocabulary.js';

export const SCHEMA: Schema = {
  groups: [CONTAINER, PROCESSES, THREADS, IDENTITY, MEMORY, SIGNALS, FILES, SOCKETS, IPC, STORAGE, REFUSALS, STEPS],
};
