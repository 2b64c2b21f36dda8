// Per-CPU variables and the CPUs there are (include/asm-generic/percpu.h, kernel/cpu.c).

import type { Kva } from '../../base/address.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';

const WORD_BITS = 64;
/** Largest CONFIG_NR_CPUS of x86-64. */
const MAX_CPUS = 8192;

export class PerCpu {
  private readonly deltas = new Map<number, number>();

  constructor(
    private readonly mem: KernelMemory,
    private readonly symbols: SymbolSource,
  ) {}

  /** CPUs that can ever be there; each has a per-CPU area. */
  possible(): number[] {
    return this.mask('__cpu_possible_mask');
  }

  /** CPUs that ran. A panic takes all but one out of it, so it is no list of what was running. */
  online(): number[] {
    return this.mask('__cpu_online_mask');
  }

  /** Address of CPU `cpu`'s copy of the variable whose symbol has this value. */
  address(symbol: Kva, cpu: number): Kva {
    return (symbol + this.delta(cpu)) as Kva;
  }

  /** Address of CPU `cpu`'s copy of what a `__percpu` pointer in memory, given by its 64 bits, stands for. */
  pointer(raw: bigint, cpu: number): Kva {
    const array = this.symbols.address('__per_cpu_offset');
    const offset = array === undefined ? 0n : this.mem.u64(array, cpu * 8);
    return this.mem.fold.fromBig(raw + offset);
  }

  /**
   * What turns a symbol into an address: __per_cpu_offset[cpu]. Until 6.15 symbols counted from 0 and it was the area's
   * address; since 9d7de2aa8b41 it is the distance from the image's .data..percpu, modulo 2^64. Either way it is right
   * when it is applied to __per_cpu_start, and every other variable is as far from that as in the symbol table.
   */
  private delta(cpu: number): number {
    let delta = this.deltas.get(cpu);
    if (delta === undefined) {
      const start = (this.symbols.address('__per_cpu_start') ?? 0) as Kva;
      const array = this.symbols.address('__per_cpu_offset');
      // Not SMP: the variables themselves are the only copy.
      const raw = array === undefined ? 0n : this.mem.u64(array, cpu * 8);
      delta = this.mem.fold.fromBig(this.mem.fold.toBig(start) + raw) - start;
      this.deltas.set(cpu, delta);
    }
    return delta;
  }

  /** CPUs in a mask by its symbol: `__cpu_present_mask`, `__cpu_active_mask`. */
  mask(symbol: string): number[] {
    const mask = this.symbols.address(symbol);
    const limit = this.symbols.address('nr_cpu_ids');
    if (mask === undefined) return [0];
    const bits = limit === undefined ? WORD_BITS : Math.min(MAX_CPUS, this.mem.u32(limit));
    const cpus: number[] = [];
    for (let cpu = 0; cpu < bits; cpu++) {
      if ((this.mem.u8(mask, cpu >>> 3) >>> (cpu & 7)) & 1) cpus.push(cpu);
    }
    return cpus;
  }
}
