// Every invariant of a plan, in the order in which they are checked and documented.

import type { Invariant } from './invariant.js';
import { DESCRIPTORS } from './invariants/descriptors.js';
import { FRAMES } from './invariants/frames.js';
import { HEADER } from './invariants/header.js';
import { IPC } from './invariants/ipc.js';
import { MEMORY } from './invariants/memory.js';
import { OBJECTS } from './invariants/objects.js';
import { REFUSALS } from './invariants/refusals.js';
import { SIGNALS } from './invariants/signals.js';
import { SOCKETS } from './invariants/sockets.js';
import { STEPS } from './invariants/steps.js';
import { STORAGE } from './invariants/storage.js';
import { TERMINALS } from './invariants/terminals.js';
import { THREADS } from './invariants/threads.js';
import { TREE } from './invariants/tree.js';

export const INVARIANTS: readonly Invariant[] = [
  ...HEADER,
  ...TREE,
  ...THREADS,
  ...SIGNALS,
  ...MEMORY,
  ...FRAMES,
  ...DESCRIPTORS,
  ...OBJECTS,
  ...TERMINALS,
  ...SOCKETS,
  ...IPC,
  ...STORAGE,
  ...REFUSALS,
  ...STEPS,
];
