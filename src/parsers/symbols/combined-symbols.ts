// The kernel's own symbols first, then its modules' and BPF programs': these are looked at only for what the kernel
// lacks.

import type { Kva } from '../../base/address.js';
import type { BpfSymbols } from './bpf-symbols.js';
import type { ModuleSymbols } from './module-symbols.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from './symbols.js';

export class CombinedSymbols implements SymbolSource {
  constructor(
    readonly kernel: SymbolSource,
    readonly modules: ModuleSymbols,
    readonly bpf: BpfSymbols,
  ) {}

  get count(): number {
    return this.kernel.count;
  }

  get origin(): string {
    return this.kernel.origin;
  }

  /** The kernel's only: probes for what a kernel lacks must not read every module. */
  address(name: string): Kva | undefined {
    return this.kernel.address(name);
  }

  addressInModules(name: string): Kva | undefined {
    return this.modules.address(name);
  }

  nearest(address: Kva): SymbolAt | undefined {
    return this.kernel.nearest(address) ?? this.modules.nearest(address) ?? this.bpf.nearest(address);
  }

  *all(): Generator<KernelSymbol> {
    yield* this.kernel.all();
    yield* this.modules.all();
    yield* this.bpf.all();
  }
}
