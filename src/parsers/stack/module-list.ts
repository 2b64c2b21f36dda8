// The list of loaded modules (kernel/module/main.c), newest first, as far as it can be followed.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { type ModuleMemory, moduleMemory } from './module-memory.js';

export interface LoadedModule {
  readonly address: Kva;
  readonly name: string;
  readonly memory: ModuleMemory;
}

const MODULE = { list: 'list', name: 'name' } as const;
/** MODULE_NAME_LEN: 64 minus the size of a long. */
const NAME_BYTES = 56;
const MAX_MODULES = 10_000;

const known = new WeakMap<Kernel, readonly LoadedModule[]>();

/** Read once per kernel: return addresses are looked up in it by the hundred. */
export function loadedModules(kernel: Kernel): readonly LoadedModule[] {
  let found = known.get(kernel);
  if (found === undefined) {
    found = kernel.faults.guard('modules', () => walk(kernel), []);
    known.set(kernel, found);
  }
  return found;
}

function walk(kernel: Kernel): LoadedModule[] {
  const { mem, faults, symbols } = kernel;
  const head = symbols.address('modules');
  if (head === undefined) return [];
  const modules: LoadedModule[] = [];
  const visit = (module: Kva) => {
    const read = faults.guard(`module at ${mem.hex(module)}`, () => readModule(kernel, module), null);
    if (read !== null) modules.push(read);
  };
  forEachListEntry(kernel, head, kernel.layout('module', MODULE).list, visit, MAX_MODULES);
  return modules;
}

function readModule(kernel: Kernel, module: Kva): LoadedModule {
  const { mem } = kernel;
  const name = mem.cstr(module, kernel.layout('module', MODULE).name, NAME_BYTES);
  return { address: module, name, memory: kernel.trait(moduleMemory)(kernel, module) };
}

/** The module whose memory holds an address. */
export function moduleAt(kernel: Kernel, address: Kva): LoadedModule | undefined {
  return loadedModules(kernel).find(({ memory }) =>
    memory.regions.some(({ start, bytes }) => address >= start && address < start + bytes),
  );
}
