// What belongs to no process, as plain data: interrupts, device numbers and partitions, run queues, slab caches, vmstat,
// the crash kernel that was loaded.

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** A line of /proc/interrupts: struct irq_desc. */
export interface Interrupt {
  readonly irq: number;
  /** How often each possible CPU took it, by the place of the CPU in `cpus` of `Interrupts`. */
  readonly counts: readonly number[];
  /** Interrupt controller: `IO-APIC`, `PCI-MSI`; null for none. */
  readonly chip: string | null;
  /** Number at that controller; null where it is in no domain. */
  readonly hwirq: number | null;
  /** How it is handled: `edge`, `fasteoi`. */
  readonly flow: string | null;
  /** Names of its handlers. */
  readonly actions: readonly string[];
}

/** A line of /proc/interrupts without a number: what the processor itself raises. */
export interface ArchitectureInterrupt {
  /** `LOC`, `TLB`. */
  readonly name: string;
  /** `Local timer interrupts`. */
  readonly what: string;
  /** As `counts` of `Interrupt`; empty where one count is kept for all CPUs. */
  readonly counts: readonly number[];
  readonly total: number;
}

export interface Interrupts {
  readonly cpus: readonly number[];
  /** Those that /proc/interrupts shows: with a handler, or ever taken. */
  readonly lines: readonly Interrupt[];
  /** In the order of /proc/interrupts; which there are is the kernel's configuration. */
  readonly architecture: readonly ArchitectureInterrupt[];
}

/** A line of /proc/devices. */
export interface DeviceMajor {
  readonly major: number;
  readonly name: string;
}

/** A line of /proc/partitions: a whole disk, or a part of one. */
export interface Partition {
  readonly major: number;
  readonly minor: number;
  readonly name: string;
  /** Of 512 bytes. */
  readonly sectors: Wide;
}

export interface DeviceNumbers {
  readonly character: readonly DeviceMajor[];
  readonly block: readonly DeviceMajor[];
  readonly partitions: readonly Partition[];
}

/** A line of /proc/slabinfo: struct kmem_cache. */
export interface SlabCache {
  readonly address: Hex;
  /** Of the cache that was made first, where several were merged. */
  readonly name: string;
  /** Bytes of an object, with its padding and what the allocator adds; and without. */
  readonly size: number;
  readonly objectSize: number;
  readonly objectsPerSlab: number;
  readonly pagesPerSlab: number;
  readonly slabs: number;
  /** Objects that the slabs have room for. */
  readonly objects: number;
  /**
   * Those in use, as the kernel counts: all but the free ones of the slabs on partial lists. What CPUs keep at hand (their
   * own slabs, sheaves) counts as in use.
   */
  readonly active: number;
  /** Slabs on the partial lists of the nodes. */
  readonly partialSlabs: number;
}

/** A line of /proc/vmstat. */
export interface VmCounter {
  readonly name: string;
  /** Of zones, of NUMA placement, of nodes, derived limits and sizes, events since boot. */
  readonly kind: 'zone' | 'numa' | 'node' | 'limit' | 'event';
  /** As /proc/vmstat would have shown it. */
  readonly value: Wide;
  /** What CPUs had counted and not yet added to it; of huge pages, in pages where `value` is in huge ones. */
  readonly pending: number;
}

/** struct rq. */
export interface RunQueue {
  readonly cpu: number;
  /** Tid of the task that was running; 0 for the idle task. */
  readonly current: number;
  /** Tasks that could run, the current one among them, the idle task not. */
  readonly running: number;
  /** Of those in the real-time class. */
  readonly realTime: number;
  /** Of those in the deadline class. */
  readonly deadline: number;
  /** Context switches since boot. */
  readonly switches: number;
}

/** Memory that the crash kernel's image is copied to, physical addresses [start, end). */
export interface CrashSegment {
  readonly start: number;
  readonly end: number;
}

/** struct kimage of the crash kernel: kexec_load(2) or kexec_file_load(2) with KEXEC_ON_CRASH. */
export interface CrashImage {
  readonly address: Hex;
  /** Physical address that it is entered at. */
  readonly entry: number;
  /** Loaded by kexec_file_load(2). */
  readonly byFile: boolean;
  readonly segments: readonly CrashSegment[];
}

export interface Machine {
  readonly interrupts: Interrupts;
  readonly devices: DeviceNumbers;
  /** By CPU. */
  readonly runQueues: readonly RunQueue[];
  /** In the order of /proc/slabinfo. */
  readonly slabs: readonly SlabCache[];
  /** In the order of /proc/vmstat. */
  readonly vmstat: readonly VmCounter[];
  /** Null where no crash kernel was loaded. */
  readonly crashImage: CrashImage | null;
}
