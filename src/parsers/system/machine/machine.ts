// What belongs to no process: each part by itself, so that one that cannot be read costs only itself.

import type { Machine } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { readCrashImage } from './crash-image.js';
import { readDeviceNumbers } from './devices.js';
import { readInterrupts } from './interrupts.js';
import { readRunQueues } from './run-queues.js';

export function readMachine(kernel: Kernel): Machine {
  const { faults } = kernel;
  return faults.within('machine', () => ({
    interrupts: faults.guard('interrupts', () => readInterrupts(kernel), { cpus: [], lines: [] }),
    devices: readDeviceNumbers(kernel),
    runQueues: faults.guard('run queues', () => readRunQueues(kernel), []),
    crashImage: faults.guard('kexec_crash_image', () => readCrashImage(kernel), null),
  }));
}
