// Symbols of loaded modules: each keeps an ELF symbol table of its own in memory (kernel/module/kallsyms.c; before
// 5.19 in kernel/module.c). Read when first asked for.

import { type Kva, NULL } from '../../base/address.js';
import { Fault, type FaultLog } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import { offsets, type TypeSource } from '../types/types.js';
import { ExportedSymbols } from './module-exports.js';
import { type ModuleRanges, moduleRanges } from './module-ranges.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from './symbols.js';

const MAX_MODULES = 4096;
const MAX_SYMBOLS = 1 << 18;
const MAX_STRINGS = 16 << 20;
/** Elf64_Sym. */
const SYM_BYTES = 24;
const SYM_SECTION = 6;
const SYM_VALUE = 8;
const SHN_UNDEF = 0;

/** One loaded module, with what is needed to name its addresses. */
interface LoadedModule extends ModuleRanges {
  readonly name: string;
  /** Read when first needed, in the symbol table's order. */
  symbols?: readonly KernelSymbol[];
  readonly at: Kva;
}

const MODULE = {
  list: 'list',
  name: 'name',
  state: 'state',
  kallsyms: 'kallsyms',
} as const;
const TABLES = { symtab: 'symtab', count: 'num_symtab', strtab: 'strtab', typetab: 'typetab' } as const;

export class ModuleSymbols {
  private loaded: readonly LoadedModule[] | undefined;

  constructor(
    private readonly mem: KernelMemory,
    private readonly types: TypeSource,
    /** The kernel's own, for the head of the module list. */
    private readonly kernel: SymbolSource,
    private readonly faults: FaultLog,
  ) {}

  /** Of several modules that have the name, the one loaded last, as module_kallsyms_lookup_name. */
  address(name: string): Kva | undefined {
    for (const module of this.modules()) {
      const found = this.symbolsOf(module).find((symbol) => symbol.name === name);
      if (found) return found.address;
    }
    return undefined;
  }

  nearest(address: Kva): SymbolAt | undefined {
    const module = this.modules().find((one) => one.contains(address));
    if (!module) return undefined;
    let best: KernelSymbol | undefined;
    for (const symbol of this.symbolsOf(module)) {
      if (symbol.address <= address && (!best || symbol.address > best.address)) best = symbol;
    }
    return best && { name: best.name, offset: address - best.address, module: module.name };
  }

  *all(): Generator<KernelSymbol> {
    for (const module of this.modules()) yield* this.symbolsOf(module);
  }

  private modules(): readonly LoadedModule[] {
    if (this.loaded === undefined) {
      const found: LoadedModule[] = [];
      this.faults.guard('modules', () => this.walk(found), undefined);
      this.loaded = found;
    }
    return this.loaded;
  }

  /** What was found before a fault is kept. */
  private walk(found: LoadedModule[]): void {
    const { mem } = this;
    const head = this.kernel.address('modules');
    if (head === undefined) return;
    const layout = offsets(this.types, 'module', MODULE);
    const unformed = this.types.enumerator('MODULE_STATE_UNFORMED');
    const seen = new Set<number>();
    for (let node = mem.ptr(head); node !== head; node = mem.ptr(node)) {
      if (seen.has(node)) throw mem.fault('loop', 'the list of modules has a loop', node);
      if (seen.size >= MAX_MODULES) throw mem.fault('bound', 'the list of modules does not end', node);
      seen.add(node);
      const at = (node - layout.list) as Kva;
      if (mem.u32(at, layout.state) === unformed) continue;
      found.push({ at, name: mem.cstr(at, layout.name, 64), ...moduleRanges(mem, this.types, at) });
    }
  }

  private symbolsOf(module: LoadedModule): readonly KernelSymbol[] {
    module.symbols ??= this.faults.guard(`module ${module.name}`, () => this.read(module), []);
    return module.symbols;
  }

  private read({ at, name: module }: LoadedModule): KernelSymbol[] {
    const { mem } = this;
    const table = mem.ptr(at, offsets(this.types, 'module', MODULE).kallsyms);
    if (table === NULL) return [];
    const layout = offsets(this.types, 'mod_kallsyms', TABLES);
    const count = mem.u32(table, layout.count);
    if (count > MAX_SYMBOLS) throw mem.fault('corrupt', `module has ${count} symbols`, table, layout.count);
    const bytes = mem.bytes(mem.ptr(table, layout.symtab), count * SYM_BYTES);
    const letters = mem.bytes(mem.ptr(table, layout.typetab), count);
    const strings = new Strings(mem, mem.ptr(table, layout.strtab));
    const exports = new ExportedSymbols(mem, this.types, at);
    return symbolsIn(mem, bytes, letters, strings, exports, module);
  }
}

function symbolsIn(
  mem: KernelMemory,
  bytes: Uint8Array,
  letters: Uint8Array,
  strings: Strings,
  exports: ExportedSymbols,
  module: string,
): KernelSymbol[] {
  const view = new DataView(bytes.buffer);
  const found: KernelSymbol[] = [];
  for (let i = 0; i < letters.length; i++) {
    const at = i * SYM_BYTES;
    const name = strings.at(view.getUint32(at, true));
    if (view.getUint16(at + SYM_SECTION, true) === SHN_UNDEF || name === '') continue;
    const low = view.getUint32(at + SYM_VALUE, true);
    const address = mem.fold.fromWords(low, view.getUint32(at + SYM_VALUE + 4, true));
    if (Number.isNaN(address)) continue;
    const letter = String.fromCharCode(letters[i] as number);
    const type = exports.has(name, address) ? letter.toUpperCase() : letter.toLowerCase();
    found.push({ name, address, type, module });
  }
  return found;
}

/** A string table of unknown length, read page by page as its strings are asked for. */
class Strings {
  constructor(
    private readonly mem: KernelMemory,
    private readonly start: Kva,
  ) {}

  at(offset: number): string {
    if (offset > MAX_STRINGS) throw new Fault('corrupt', `string table offset ${offset} in a module`);
    return this.mem.cstr(this.start, offset, 512);
  }
}
