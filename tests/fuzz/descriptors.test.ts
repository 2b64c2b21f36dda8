// Descriptors, locks, IPC and terminals on memory that was damaged after the tasks and their files had been found: the readers
// return, soon, and what cannot be read is a fault.

import { describe, expect, test } from 'vitest';
import { inspectMemory } from '../../src/parsers/dump.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import { aioContextsOf, fdinfoOf, terminalsOf } from '../../src/parsers/parts/descriptors.js';
import { ipcOf, locksOf } from '../../src/parsers/parts/ipc.js';
import { systemOf } from '../../src/parsers/parts/system.js';
import { fixturePath } from '../golden/fixtures.js';
import { DAMAGES, type Damage, damaged } from '../unit/helpers/damaged-image.js';

/** Descriptors of this many processes. */
const TASKS = 60;

describe.each(['bullseye', 'sid'])('%s', (name) => {
  const kinds = Object.keys(DAMAGES).flatMap((kind) =>
    [0.001, 0.02, 0.2].map((rate) => [kind, rate] as const),
  );

  test.each(kinds)('%s in %d of memory', (kind, rate) => {
    const original = openImage(fixturePath(name));
    const seed = rate * 1e6 + kind.length;
    const { image, begin } = damaged(original, seed, rate, DAMAGES[kind] as Damage);
    try {
      const dump = inspectMemory(new PhysicalMemory(image, { poolBytes: 1 << 20 }), { noCache: true });
      const tasks = dump.tasks.filter((task) => task.leader && !task.kernelThread).slice(-TASKS);
      const files = tasks.map((task) => [task, dump.files(task)] as const);
      void systemOf(dump);
      begin();
      const texts = files.map(([task, descriptors]) => descriptors.map((each) => fdinfoOf(dump, task, each)));
      expect(JSON.stringify([texts, locksOf(dump), ipcOf(dump), terminalsOf(dump)])).not.toBe('');
      for (const task of tasks) aioContextsOf(dump, task);
      if (rate > 0.1) expect(dump.kernel.faults.count).toBeGreaterThan(0);
    } finally {
      original.close();
    }
  });
});
