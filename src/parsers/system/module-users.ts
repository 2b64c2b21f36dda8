// Which modules need a module (struct module_use, kernel/module/main.c).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';

const MODULE = { name: 'name', sources: 'source_list?', init: 'init', exit: 'exit?' } as const;
const USE = { node: 'source_list', source: 'source' } as const;
const NAME_BYTES = 56;
const MAX_USERS = 10_000;

/** As /proc/modules prints them, in the kernel's order. */
export function usersOf(kernel: Kernel, module: Kva): string[] {
  const { mem } = kernel;
  const at = kernel.layout('module', MODULE);
  // Without CONFIG_MODULE_UNLOAD nobody keeps count.
  if (at.sources === undefined || at.exit === undefined) return [];
  const users: string[] = [];
  const use = kernel.layout('module_use', USE);
  const visit = (entry: Kva) => users.push(mem.cstr(mem.ptr(entry, use.source), at.name, NAME_BYTES));
  forEachListEntry(kernel, (module + at.sources) as Kva, use.node, visit, MAX_USERS);
  const permanent = mem.ptr(module, at.init) !== 0 && mem.ptr(module, at.exit) === 0;
  return permanent ? [...users, '[permanent]'] : users;
}
