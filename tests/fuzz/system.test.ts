// The system's readers on memory that was damaged after the kernel had been found: whatever they meet, they return, soon,
// and what cannot be read is a fault.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import type { Kernel } from '../../src/parsers/kernel/kernel.js';
import { openKernel } from '../../src/parsers/kernel/open-kernel.js';
import { backtrace } from '../../src/parsers/stack/backtrace.js';
import { readLog } from '../../src/parsers/system/log/log.js';
import { readMachine } from '../../src/parsers/system/machine/machine.js';
import { readModules } from '../../src/parsers/system/modules.js';
import { readSystem } from '../../src/parsers/system/system.js';
import { listTasks } from '../../src/parsers/tasks/list.js';
import { DAMAGES, type Damage, damaged } from '../unit/helpers/damaged-image.js';

/** Stacks of this many tasks. */
const TASKS = 40;

function readAll(kernel: Kernel, tasks: readonly Kva[]): string {
  const log = readLog(kernel);
  const frames = tasks.map((task) => backtrace(kernel, task));
  return JSON.stringify([log, readSystem(kernel, log), readMachine(kernel), readModules(kernel), frames]);
}

describe.each(['bullseye', 'sid'])('%s', (name) => {
  const path = join(import.meta.dirname, '..', '..', 'fixtures', name, 'capture.lime.lz4');

  test.each(Object.keys(DAMAGES).flatMap((kind) => [0.001, 0.02, 0.2].map((rate) => [kind, rate] as const)))(
    '%s in %d of memory',
    (kind, rate) => {
      const seed = rate * 1e6 + kind.length;
      const original = openImage(path);
      const { image, begin } = damaged(original, seed, rate, DAMAGES[kind] as Damage);
      try {
        const kernel = openKernel(new PhysicalMemory(image, { poolBytes: 1 << 20 }), { noCache: true });
        const tasks = listTasks(kernel).slice(0, TASKS);
        begin();
        const addresses = tasks.map(({ address }) => kernel.mem.fold.fromBig(BigInt(address)));
        expect(readAll(kernel, addresses)).not.toBe('');
        if (rate > 0.1) expect(kernel.faults.count).toBeGreaterThan(0);
      } finally {
        original.close();
      }
    },
  );
});
