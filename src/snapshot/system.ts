// The machine as a whole at its death, as plain data.

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

export interface StackFrame {
  readonly address: Hex;
  /** `function+0x1b/0x40`, with ` [module]` behind; null where no symbol covers it. */
  readonly symbol: string | null;
  /** Found by scanning, not by unwinding tables or a saved register frame. */
  readonly guess: boolean;
  /** Set at a boundary: `<IRQ>`, `<NMI>`, `exception asm_exc_page_fault`, `interrupt asm_sysvec_reboot`, … */
  readonly mark: string | null;
}

export interface Panic {
  /** The text behind `Kernel panic - not syncing: `; null where the kernel had not panicked. */
  readonly message: string | null;
  /** First line of an oops before it, if any: `BUG: kernel NULL pointer dereference, address: …`. */
  readonly cause: string | null;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly comm: string | null;
  readonly backtrace: readonly StackFrame[];
}

export interface Clock {
  /** Seconds since boot (CLOCK_BOOTTIME) at death. */
  readonly uptime: number;
  /** Wall time of death, ISO 8601 UTC with microseconds. */
  readonly wall: string | null;
  readonly realtimeNs: Wide | null;
  readonly monotonicNs: Wide | null;
  readonly boottimeNs: Wide | null;
}

export interface System {
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly buildId: string | null;
  readonly commandLine: string;
  readonly panic: Panic;
  readonly clock: Clock;
  readonly cpus: {
    readonly possible: number;
    readonly present: number;
    /** Before the panic, which takes all but one offline. */
    readonly online: number;
    readonly model: string | null;
  };
  /** Pages of 4 KiB. */
  readonly memory: {
    readonly total: number;
    readonly free: number;
    readonly managed: number;
    readonly pageCache: number;
    readonly anon: number;
    readonly slab: number;
    readonly shmem: number;
    readonly swapTotal: number;
    readonly swapFree: number;
  };
  /** crashkernel= reservations, [start, end) physical; empty where none. */
  readonly crashReservations: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly loadAverage: readonly [number, number, number];
  readonly taint: { readonly bits: number; readonly text: string };
}

export interface LogRecord {
  readonly sequence: Wide;
  /** Nanoseconds since boot. */
  readonly timestamp: Wide;
  readonly level: number;
  readonly facility: number;
  /** `T123` thread or `C0` CPU; null where the kernel did not record it. */
  readonly caller: string | null;
  readonly text: string;
  /** `SUBSYSTEM=…`, `DEVICE=…` pairs. */
  readonly dictionary: readonly string[];
}

export interface Module {
  readonly name: string;
  readonly address: Hex;
  /** Base of its core text, as /proc/modules shows. */
  readonly base: Hex;
  /** Bytes, as /proc/modules shows. */
  readonly size: number;
  readonly references: number;
  /** Modules that need it; `[permanent]` behind them where it cannot be unloaded, as in /proc/modules. */
  readonly usedBy: readonly string[];
  readonly state: 'Live' | 'Loading' | 'Unloading';
  /** `(OE)` as /proc/modules shows, without the parentheses. */
  readonly taint: string;
  readonly version: string | null;
  readonly srcVersion: string | null;
  readonly buildId: string | null;
  /** /sys/module/NAME/sections, in the order of its ELF sections. */
  readonly sections: readonly ModuleSection[];
}

export interface ModuleSection {
  readonly name: string;
  readonly address: Hex;
}
