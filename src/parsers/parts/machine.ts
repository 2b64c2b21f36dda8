// Interrupts, device numbers, run queues, the crash kernel that was loaded.

import type { Machine } from '../../snapshot/machine.js';
import type { Dump } from '../dump.js';
import { readMachine } from '../system/machine/machine.js';
import { perDump } from './per-dump.js';

export const machineOf: (dump: Dump) => Machine = perDump(({ kernel }) => readMachine(kernel));
