// A dead kernel that has been found: its memory, symbols, types, faults, and the traits resolved so far. Every reader
// takes one of these and nothing else.

import type { Kva } from '../../base/address.js';
import { Fault, type FaultLog } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import { type Offsets, offsets, sizeOf, type TypeSource } from '../types/types.js';
import { PerCpu } from './per-cpu.js';
import { type Era, type ResolvedTrait, resolveTrait, type Trait } from './trait.js';

/** How and where the kernel was found; shown by `info`. */
export interface KernelLocation {
  readonly release: string;
  /** The whole banner, `Linux version …`, without its newline. */
  readonly banner: string;
  /** Hex digits, or null where the notes could not be read. */
  readonly buildId: string | null;
  /** `ELF note`, `memory at 0x…`, or null. */
  readonly vmcoreinfoFrom: string | null;
  /** Text of VMCOREINFO as key → value. */
  readonly vmcoreinfo: ReadonlyMap<string, string>;
  /** Run-time minus link-time address of the kernel text, bytes. */
  readonly kaslrOffset: number;
  /** Physical minus virtual load offset (the kernel's own phys_base), bytes. */
  readonly physBase: number;
  readonly pagingLevels: 4 | 5;
  /** The evidence, in the order it was found: one line each. */
  readonly evidence: readonly string[];
}

export class Kernel {
  private readonly resolved = new Map<string, ResolvedTrait<unknown>>();
  private readonly layouts = new Map<object, unknown>();
  /** Per-CPU areas, and the masks of CPUs. */
  readonly cpus: PerCpu;

  constructor(
    readonly mem: KernelMemory,
    readonly symbols: SymbolSource,
    readonly types: TypeSource,
    readonly faults: FaultLog,
    readonly location: KernelLocation,
    private readonly keep: () => void = () => {},
  ) {
    this.cpus = new PerCpu(mem, symbols);
  }

  /**
   * Keeps what was learned about this kernel's build for later runs. Call it when all has been asked. Nothing is kept of
   * a dump with faults: its tables may be damaged too, and the answers wrong for the next dump of this build.
   */
  remember(): void {
    if (this.faults.count === 0) this.keep();
  }

  /** Address of a symbol; an `unknown` fault where this kernel does not have it. */
  symbol(name: string): Kva {
    const address = this.symbols.address(name);
    if (address === undefined) throw new Fault('unknown', `this kernel has no symbol ${name}`);
    return address;
  }

  /** Address of a CPU's copy of a per-CPU variable, by its symbol. */
  perCpu(name: string, cpu: number): Kva {
    return this.cpus.address(this.symbol(name), cpu);
  }

  /**
   * Offsets of a struct, computed once per kernel. `members` is the key of the memo: pass a module-level constant.
   */
  layout<const M extends Record<string, string>>(struct: string, members: M): Offsets<M> {
    let found = this.layouts.get(members) as Offsets<M> | undefined;
    if (found === undefined) {
      found = offsets(this.types, struct, members);
      this.layouts.set(members, found);
    }
    return found;
  }

  sizeOf(type: string): number {
    return sizeOf(this.types, type);
  }

  /** The reader of a trait for this kernel's era, resolved once. */
  trait<R>(trait: Trait<R>): R {
    return this.era(trait).reader;
  }

  /** The era that this kernel has of a trait. */
  era<R>(trait: Trait<R>): Era<R> {
    let found = this.resolved.get(trait.name) as ResolvedTrait<R> | undefined;
    if (found === undefined) {
      found = resolveTrait(trait, this.types, this.symbols, this.mem);
      this.resolved.set(trait.name, found);
    }
    return found.era;
  }
}
