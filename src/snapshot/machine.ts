// What belongs to no process, as plain data: interrupts, device numbers, run queues, the crash kernel that was loaded.

import type { Hex } from '../base/address.js';

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

export interface Interrupts {
  readonly cpus: readonly number[];
  /** Those that /proc/interrupts shows: with a handler, or ever taken. */
  readonly lines: readonly Interrupt[];
}

/** A line of /proc/devices. */
export interface DeviceMajor {
  readonly major: number;
  readonly name: string;
}

export interface DeviceNumbers {
  readonly character: readonly DeviceMajor[];
  readonly block: readonly DeviceMajor[];
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
  /** Null where no crash kernel was loaded. */
  readonly crashImage: CrashImage | null;
}
