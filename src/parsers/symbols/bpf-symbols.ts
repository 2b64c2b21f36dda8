// Names of BPF programs and trampolines that were compiled to machine code (kernel/bpf/core.c, struct bpf_ksym): the
// kernel lists them in /proc/kallsyms behind the modules.

import type { Kva } from '../../base/address.js';
import type { FaultLog } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import { offsets, type TypeSource } from '../types/types.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from './symbols.js';

/** What /proc/kallsyms shows as the module. */
const MODULE = 'bpf';
const MAX_PROGRAMS = 1 << 20;
const NAME_BYTES = 512;
const KSYM = { start: 'start', end: 'end', name: 'name', list: 'lnode' } as const;

interface Program {
  readonly start: Kva;
  readonly end: Kva;
  readonly name: string;
}

export class BpfSymbols {
  private loaded: readonly Program[] | undefined;

  constructor(
    private readonly mem: KernelMemory,
    private readonly types: TypeSource,
    /** The kernel's own, for the head of the list. */
    private readonly kernel: SymbolSource,
    private readonly faults: FaultLog,
  ) {}

  nearest(address: Kva): SymbolAt | undefined {
    const found = this.programs().find(({ start, end }) => address >= start && address < end);
    return found && { name: found.name, offset: address - found.start, module: MODULE };
  }

  *all(): Generator<KernelSymbol> {
    for (const { name, start } of this.programs()) yield { name, address: start, type: 't', module: MODULE };
  }

  private programs(): readonly Program[] {
    if (this.loaded === undefined) {
      const found: Program[] = [];
      this.faults.guard('BPF symbols', () => this.walk(found), undefined);
      this.loaded = found;
    }
    return this.loaded;
  }

  private walk(found: Program[]): void {
    const { mem } = this;
    const head = this.kernel.address('bpf_kallsyms');
    if (head === undefined || this.types.sizeOf('bpf_ksym') === undefined) return;
    const layout = offsets(this.types, 'bpf_ksym', KSYM);
    const seen = new Set<number>();
    for (let node = mem.ptr(head); node !== head; node = mem.ptr(node)) {
      if (seen.has(node)) throw mem.fault('loop', 'the list of BPF symbols has a loop', node);
      if (seen.size >= MAX_PROGRAMS) throw mem.fault('bound', 'the list of BPF symbols does not end', node);
      seen.add(node);
      const at = (node - layout.list) as Kva;
      const [start, end] = [mem.ptr(at, layout.start), mem.ptr(at, layout.end)];
      found.push({ start, end, name: mem.cstr(at, layout.name, NAME_BYTES) });
    }
  }
}
