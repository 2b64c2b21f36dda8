// Kernel symbols as the readers ask for them. kallsyms in memory answers; so do System.map, vmlinux and the cache.

import type { Kva } from '../../base/address.js';

export interface SymbolAt {
  readonly name: string;
  /** Bytes from the symbol's start. */
  readonly offset: number;
  /** Module that owns it, null for the kernel's own. */
  readonly module: string | null;
}

export interface KernelSymbol {
  readonly name: string;
  readonly address: Kva;
  /** nm's letter, as in /proc/kallsyms. */
  readonly type: string;
  readonly module: string | null;
}

export interface SymbolSource {
  /** Run-time address (KASLR applied); per-CPU symbols give their offset. Undefined where there is none. */
  address(name: string): Kva | undefined;
  /** Where the kernel itself has no such symbol. Reads the tables of every module, once: not for probes of an era. */
  addressInModules?(name: string): Kva | undefined;
  /** The last symbol at or below an address. */
  nearest(address: Kva): SymbolAt | undefined;
  /** All, in the order of /proc/kallsyms. */
  all(): Iterable<KernelSymbol>;
  readonly count: number;
  readonly origin: string;
}
