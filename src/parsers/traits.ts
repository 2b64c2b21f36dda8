// Every trait there is, for `info`: where kernels differ, and what this one has.

import { aioRing } from './descriptors/aio.js';
import { mapMemory, mapOwner, programStatistics } from './descriptors/bpf-eras.js';
import { semaphoreShown } from './descriptors/events.js';
import { inodeShown } from './descriptors/fdinfo.js';
import { fileOwner } from './descriptors/file-owner.js';
import { connectorObject, markFlags } from './descriptors/fsnotify-eras.js';
import { operationNames } from './descriptors/io-uring-entries.js';
import { ringPolls, ringResources } from './descriptors/io-uring-resources.js';
import { ringCredentials, ringListing } from './descriptors/io-uring-text.js';
import { lockLayout } from './descriptors/lock.js';
import { shownWaiters } from './descriptors/lock-text.js';
import { pipeRing } from './descriptors/pipe.js';
import { terminalControl, terminalFlags } from './descriptors/tty-eras.js';
import { dentryAlias } from './fs/alias.js';
import { userPaths } from './fs/backing-file.js';
import { fileReferences } from './fs/file-references.js';
import { inodeTimes } from './fs/inode-times.js';
import { namespaceMounts } from './fs/mount-namespace.js';
import { mountIdmap } from './fs/mount-options.js';
import { propagationFlags } from './fs/mount-propagation.js';
import { folioIndex, hugetlbIndex } from './fs/page-cache.js';
import { nodeParent } from './fs/tree-path.js';
import type { Kernel } from './kernel/kernel.js';
import type { Trait } from './kernel/trait.js';
import { savedDirty } from './mm/pte.js';
import { cachedRss, rssCounters } from './mm/rss.js';
import { compoundHead } from './mm/struct-page.js';
import { swapCache, zeroSlots } from './mm/swap-cache.js';
import { swapTypeLayout } from './mm/swap-types.js';
import { anonName, heapTest } from './mm/vma-name.js';
import { vmaIndex } from './mm/vmas.js';
import { hugeZeroPage } from './mm/zero-pages.js';
import { receivesErrors } from './net/inet.js';
import { listenerTable, udpTables } from './net/inet-tables.js';
import { unixTables } from './net/other-tables.js';
import { packetRunning } from './net/packet.js';
import { neighbourSlot } from './net/proc-arp.js';
import { addressTable } from './net/proc-ipv6.js';
import { allSockets, orphans, timeWaitSockets } from './net/proc-sockstat.js';
import { skbFrag } from './net/skb.js';
import { socketDrops, socketInode, socketUid } from './net/sock.js';
import { passesCredentials } from './net/socket-options.js';
import { tcpTimers } from './net/timers.js';
import { dentryChildren } from './pagecache/children.js';
import { activeModules } from './security/modules.js';
import { dumpable } from './signals/dumpable.js';
import { timerQueued } from './signals/hrtimer.js';
import { timerList, timerSignal, timerState } from './signals/posix-timer-eras.js';
import { queuedSignals } from './signals/queued-signals.js';
import { branchSpeculation } from './signals/speculation.js';
import { moduleMemory } from './stack/module-memory.js';
import { orcEntry } from './stack/orc-entry.js';
import { orcRegisters } from './stack/orc-registers.js';
import { cpuPointers } from './stack/stacks.js';
import { swapUsage } from './swap/areas.js';
import { cachedSlots } from './swap/cached-slots.js';
import { logBuffer } from './system/log/log.js';
import { architectureInterrupts } from './system/machine/architecture-interrupts.js';
import { irqCount, irqDescriptors } from './system/machine/interrupts.js';
import { diskParts } from './system/machine/partitions.js';
import { slabLayout, slabNodes } from './system/machine/slabs.js';
import { hugePageUnit, numaEvents } from './system/machine/vmstat.js';
import { zoneDifferences } from './system/memory.js';
import { moduleAttributes } from './system/module-attributes.js';
import { timekeeper } from './system/timekeeper.js';
import { kthreadOf, workerName } from './tasks/comm.js';
import { taskState } from './tasks/state.js';
import { taskCpu } from './tasks/task.js';
import { terminalGroup } from './tasks/terminal.js';
import { fpuArea, needFpuLoad } from './threads/fpu-area.js';
import { pkruPlace } from './threads/pkru.js';
import { stackTopPadding } from './threads/pt-regs.js';
import { robustListHeads } from './threads/robust-list.js';
import { rseqRegistration } from './threads/rseq.js';
import { ia32Calls } from './threads/syscall-table.js';

export interface TraitRow {
  readonly name: string;
  /** `unknown` where none of the known layouts is there. */
  readonly era: string;
  readonly since: string;
  readonly commit: string | null;
  readonly evidence: string;
}

const TRAITS: readonly Trait<unknown>[] = [
  userPaths,
  fileReferences,
  inodeTimes,
  namespaceMounts,
  mountIdmap,
  propagationFlags,
  folioIndex,
  hugetlbIndex,
  nodeParent,
  savedDirty,
  cachedRss,
  rssCounters,
  compoundHead,
  swapCache,
  zeroSlots,
  swapTypeLayout,
  swapUsage,
  cachedSlots,
  anonName,
  heapTest,
  vmaIndex,
  hugeZeroPage,
  listenerTable,
  udpTables,
  unixTables,
  packetRunning,
  skbFrag,
  receivesErrors,
  neighbourSlot,
  addressTable,
  allSockets,
  orphans,
  timeWaitSockets,
  socketDrops,
  passesCredentials,
  socketInode,
  socketUid,
  tcpTimers,
  moduleMemory,
  orcEntry,
  orcRegisters,
  cpuPointers,
  logBuffer,
  irqDescriptors,
  irqCount,
  architectureInterrupts,
  diskParts,
  slabLayout,
  slabNodes,
  numaEvents,
  hugePageUnit,
  zoneDifferences,
  moduleAttributes,
  timekeeper,
  kthreadOf,
  workerName,
  taskState,
  taskCpu,
  terminalGroup,
  activeModules,
  dumpable,
  branchSpeculation,
  queuedSignals,
  timerList,
  timerSignal,
  timerState,
  timerQueued,
  lockLayout,
  shownWaiters,
  dentryAlias,
  dentryChildren,
  inodeShown,
  semaphoreShown,
  pipeRing,
  fileOwner,
  connectorObject,
  markFlags,
  mapMemory,
  mapOwner,
  programStatistics,
  ringResources,
  ringListing,
  ringCredentials,
  operationNames,
  ringPolls,
  aioRing,
  terminalControl,
  terminalFlags,
  stackTopPadding,
  fpuArea,
  needFpuLoad,
  pkruPlace,
  rseqRegistration,
  ia32Calls,
  robustListHeads,
];

/** The era of every trait in this kernel, whether it has been asked for or not. */
export function traitTable(kernel: Kernel): TraitRow[] {
  return TRAITS.map((trait) =>
    kernel.faults.guard(`trait ${trait.name}`, () => row(kernel, trait), unknown(trait)),
  );
}

function row(kernel: Kernel, trait: Trait<unknown>): TraitRow {
  const { name, since, commit, evidence } = kernel.era(trait);
  return { name: trait.name, era: name, since, commit, evidence };
}

function unknown(trait: Trait<unknown>): TraitRow {
  const evidence = trait.eras.map((era) => era.evidence).join(', ');
  return { name: trait.name, era: 'unknown', since: '', commit: null, evidence: `none of ${evidence}` };
}
