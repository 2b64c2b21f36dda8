// What belongs to no process: each part by itself, so that one that cannot be read costs only itself.

import type { Machine } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { readCrashImage } from './crash-image.js';
import { readDeviceNumbers } from './devices.js';
import { readInterrupts } from './interrupts.js';
import { readPartitions } from './partitions.js';
import { readRunQueues } from './run-queues.js';
import { readSlabCaches } from './slabs.js';
import { readVmstat } from './vmstat.js';

const NO_INTERRUPTS = { cpus: [], lines: [], architecture: [] };

export function readMachine(kernel: Kernel): Machine {
  const { faults } = kernel;
  return faults.within('machine', () => ({
    interrupts: faults.guard('interrupts', () => readInterrupts(kernel), NO_INTERRUPTS),
    devices: {
      ...readDeviceNumbers(kernel),
      partitions: faults.guard('partitions', () => readPartitions(kernel), []),
    },
    runQueues: faults.guard('run queues', () => readRunQueues(kernel), []),
    slabs: faults.guard('slab caches', () => readSlabCaches(kernel), []),
    vmstat: faults.guard('vmstat', () => readVmstat(kernel), []),
    crashImage: faults.guard('kexec_crash_image', () => readCrashImage(kernel), null),
  }));
}
