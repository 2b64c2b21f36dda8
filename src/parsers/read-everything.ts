// All that a dump tells, for those who want to know what of it can be read.

import { shownWaiters } from './descriptors/lock-text.js';
import type { Dump } from './dump.js';

/** Reads everything there is, so that every fault is met: the section `faults`, and `ow lab trim`. */
export function readEverything(dump: Dump): void {
  void dump.system;
  void dump.log;
  void dump.modules;
  void dump.machine;
  void dump.queuedTimers;
  void dump.cgroups;
  dump.network.readAll();
  void dump.locks;
  void dump.kernel.trait(shownWaiters);
  void dump.ipc;
  void dump.terminals;
  void dump.swapAreas;
  dump.pageCache.readAll();
  for (const task of dump.tasks) {
    dump.backtrace(task);
    dump.userBacktrace(task);
    for (const descriptor of dump.files(task)) dump.fdinfo(task, descriptor);
    if (task.leader) dump.aioContexts(task);
    if (!task.idle) dump.attributes(task);
    if (task.leader && !task.idle) {
      dump.detail(task);
      dump.signals(task);
      dump.timers(task);
      dump.mounts(task);
    }
    for (const { file } of dump.vmas(task)) if (file !== null) dump.openFile(file);
    if (task.leader && dump.mm(task) !== null) dump.pages(task);
  }
}
