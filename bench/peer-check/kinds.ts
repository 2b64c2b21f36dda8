// Everything that is compared, in the order of the report.

import type { Kind } from './facts.js';
import { descriptors, files, mounts, objects, owners } from './kinds/files.js';
import { log, machine, modules, symbols, types } from './kinds/machine.js';
import { mms, vmas } from './kinds/memory.js';
import { pages } from './kinds/pages.js';
import { confinement, credentials, processes } from './kinds/processes.js';
import { dispositions, registers, signals, timers } from './kinds/signals.js';
import { devices, sockets } from './kinds/sockets.js';
import { stacks } from './kinds/stacks.js';
import { idle, tasks } from './kinds/tasks.js';

export const KINDS: readonly Kind[] = [
  machine,
  tasks,
  idle,
  credentials,
  processes,
  confinement,
  mms,
  vmas,
  pages,
  descriptors,
  files,
  objects,
  mounts,
  stacks,
  registers,
  signals,
  dispositions,
  timers,
  sockets,
  owners,
  devices,
  modules,
  log,
  symbols,
  types,
];
