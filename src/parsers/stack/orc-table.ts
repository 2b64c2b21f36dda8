// Finds the ORC entry of an address (arch/x86/kernel/unwind_orc.c): a table of addresses, sorted when the kernel was
// built, and beside it a table of entries. The kernel's own have an index with one slot per 256 bytes of text.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { moduleAt } from './module-list.js';
import { ORC_ENTRY_BYTES, type OrcEntry, orcEntry } from './orc-entry.js';
import { type OrcRegister, orcRegisters } from './orc-registers.js';
import { TextRanges } from './text-ranges.js';

/** LOOKUP_BLOCK_SIZE. */
const BLOCK_BYTES = 256;
const MODULE = {
  count: 'arch.num_orcs?',
  ips: 'arch.orc_unwind_ip?',
  entries: 'arch.orc_unwind?',
} as const;

interface Table {
  readonly ips: Kva;
  readonly entries: Kva;
  readonly count: number;
}

interface Index {
  readonly start: Kva;
  readonly slots: number;
  readonly textStart: Kva;
}

export class OrcTables {
  readonly text: TextRanges;
  private readonly own: Table | null;
  private readonly index: Index | null;

  constructor(private readonly kernel: Kernel) {
    this.text = new TextRanges(kernel);
    this.own = ownTable(kernel);
    this.index = ownIndex(kernel);
  }

  /** Undefined where no table covers the address: no code, or code without unwind data. */
  find(address: Kva): OrcEntry | undefined {
    if (address === 0) return this.nullCall();
    if (this.text.isKernel(address)) return this.lookUp(this.own && this.narrow(this.own, address), address);
    const module = moduleAt(this.kernel, address);
    return module && this.lookUp(this.moduleTable(module.address), address);
  }

  /** What a register number in an entry stands for. */
  register(number: number): OrcRegister {
    return this.kernel.trait(orcRegisters)[number] ?? 'undefined';
  }

  /** A call of a NULL pointer: only the return address is on the stack. */
  private nullCall(): OrcEntry {
    const sp = this.kernel.trait(orcRegisters).indexOf('sp');
    return { spOffset: 8, bpOffset: 0, spReg: sp, bpReg: 0, type: 'call', signal: null };
  }

  private moduleTable(module: Kva): Table | null {
    const { mem } = this.kernel;
    const at = this.kernel.layout('module', MODULE);
    if (at.count === undefined || at.ips === undefined || at.entries === undefined) return null;
    return {
      ips: mem.ptr(module, at.ips),
      entries: mem.ptr(module, at.entries),
      count: mem.u32(module, at.count),
    };
  }

  /** The stretch of the kernel's table that the index gives for an address; all of it where the index is of no use. */
  private narrow(table: Table, address: Kva): Table {
    if (this.index === null) return table;
    const { mem } = this.kernel;
    const slot = Math.floor((address - this.index.textStart) / BLOCK_BYTES);
    if (slot < 0 || slot + 1 >= this.index.slots) return table;
    const first = mem.u32(this.index.start, slot * 4);
    const last = mem.u32(this.index.start, slot * 4 + 4);
    if (first > last || last >= table.count) return table;
    return {
      ips: (table.ips + first * 4) as Kva,
      entries: (table.entries + first * ORC_ENTRY_BYTES) as Kva,
      count: last - first + 1,
    };
  }

  /** The last entry at or below the address. */
  private lookUp(table: Table | null, address: Kva): OrcEntry | undefined {
    if (table === null || table.ips === 0 || table.entries === 0) return undefined;
    const { mem } = this.kernel;
    let low = 0;
    let high = table.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = (table.ips + middle * 4) as Kva;
      if (slot + mem.i32(slot) <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const entry = (table.entries + (low - 1) * ORC_ENTRY_BYTES) as Kva;
    return this.kernel.trait(orcEntry)(mem, entry);
  }
}

function ownTable({ symbols }: Kernel): Table | null {
  const ips = symbols.address('__start_orc_unwind_ip');
  const end = symbols.address('__stop_orc_unwind_ip');
  const entries = symbols.address('__start_orc_unwind');
  if (ips === undefined || end === undefined || entries === undefined) return null;
  return { ips, entries, count: (end - ips) / 4 };
}

function ownIndex({ symbols }: Kernel): Index | null {
  const start = symbols.address('orc_lookup');
  const end = symbols.address('orc_lookup_end');
  const textStart = symbols.address('_stext');
  if (start === undefined || end === undefined || textStart === undefined) return null;
  return { start, slots: (end - start) / 4, textStart };
}
