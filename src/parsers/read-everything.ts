// All that a dump tells, for those who want to know what of it can be read.

import { shownWaiters } from './descriptors/lock-text.js';
import type { Dump } from './dump.js';
import { attributesOf, cgroupsOf } from './parts/attributes.js';
import { aioContextsOf, fdinfoOf, terminalsOf } from './parts/descriptors.js';
import { ipcOf, locksOf } from './parts/ipc.js';
import { machineOf } from './parts/machine.js';
import { mountsOf } from './parts/mounts.js';
import { networkOf } from './parts/network.js';
import { pageCacheOf } from './parts/page-cache.js';
import { queuedTimersOf, signalsOf, timersOf } from './parts/signals.js';
import { swapAreasOf } from './parts/swap.js';
import { identityOf, logOf, modulesOf, ramOf, systemOf } from './parts/system.js';
import { backtraceOf, userBacktraceOf } from './parts/threads.js';

/** Reads everything there is, so that every fault is met: the section `faults`, and `ow lab trim`. */
export function readEverything(dump: Dump): void {
  void systemOf(dump);
  void identityOf(dump);
  void ramOf(dump);
  void logOf(dump);
  void modulesOf(dump);
  void machineOf(dump);
  void queuedTimersOf(dump);
  void cgroupsOf(dump);
  networkOf(dump).readAll();
  void locksOf(dump);
  void dump.kernel.trait(shownWaiters);
  void ipcOf(dump);
  void terminalsOf(dump);
  void swapAreasOf(dump);
  pageCacheOf(dump).readAll();
  for (const task of dump.tasks) {
    backtraceOf(dump, task);
    userBacktraceOf(dump, task);
    for (const descriptor of dump.files(task)) fdinfoOf(dump, task, descriptor);
    if (task.leader) aioContextsOf(dump, task);
    if (!task.idle) void attributesOf(dump, task).confinement.io;
    if (task.leader && !task.idle) {
      const { cmdline, environ } = dump.detail(task);
      void [cmdline, environ];
      signalsOf(dump, task);
      timersOf(dump, task);
      mountsOf(dump, task);
    }
    for (const { file } of dump.vmas(task)) if (file !== null) dump.openFile(file);
    if (task.leader && dump.mm(task) !== null) dump.pages(task);
  }
}
