// Loaded modules as /proc/modules lists them (kernel/module/procfs.c), and what /sys/module says of each.

import type { Hex, Kva } from '../../base/address.js';
import type { Module, ModuleSection } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { type LoadedModule, loadedModules } from '../stack/module-list.js';
import { moduleAttributes } from './module-attributes.js';
import { usersOf } from './module-users.js';
import { taintLetters } from './taint.js';

const MODULE = {
  state: 'state',
  version: 'version',
  srcVersion: 'srcversion',
  taints: 'taints',
  references: 'refcnt?',
} as const;

/** enum module_state; a module that is not formed yet is in no list that users see. */
const STATES = ['Live', 'Loading', 'Unloading'] as const;
/** A reference that the module holds on itself until it is unloaded (MODULE_REF_BASE). */
const OWN_REFERENCE = 1;
const NAME_BYTES = 256;
const NT_GNU_BUILD_ID = 3;
const NOTE_HEADER = 12;
const MAX_BUILD_ID = 64;

/** In the order of /proc/modules: the last one loaded first. */
export function readModules(kernel: Kernel): Module[] {
  const modules: Module[] = [];
  for (const loaded of loadedModules(kernel)) {
    const module = kernel.faults.guard(`module ${loaded.name}`, () => readModule(kernel, loaded), null);
    if (module !== null) modules.push(module);
  }
  return modules;
}

function readModule(kernel: Kernel, { address, name, memory }: LoadedModule): Module | null {
  const { mem, faults } = kernel;
  const at = kernel.layout('module', MODULE);
  const state = STATES[mem.u32(address, at.state)];
  if (state === undefined) return null;
  return {
    name,
    address: mem.hex(address),
    base: hexOrNull(kernel, memory.base),
    size: memory.bytes,
    references: at.references === undefined ? 0 : mem.i32(address, at.references) - OWN_REFERENCE,
    usedBy: faults.guard('users', () => usersOf(kernel, address), []),
    state,
    taint: moduleFlags(kernel, state, mem.nat(address, at.taints)),
    version: faults.guard('version', () => text(kernel, mem.ptr(address, at.version)), null),
    srcVersion: faults.guard('srcversion', () => text(kernel, mem.ptr(address, at.srcVersion)), null),
    buildId: faults.guard('build id', () => buildId(kernel, address), null),
    sections: faults.guard('sections', () => sections(kernel, address), []),
  };
}

function hexOrNull(kernel: Kernel, address: Kva): Hex {
  return address === 0 ? '0x0000000000000000' : kernel.mem.hex(address);
}

function text(kernel: Kernel, string: Kva): string | null {
  return string === 0 ? null : kernel.mem.cstr(string, 0, NAME_BYTES);
}

/** module_flags(): the letters of its taints, `+` while it is coming, `-` while it is going. */
function moduleFlags(kernel: Kernel, state: Module['state'], taints: number): string {
  if (taints === 0) return '';
  const suffix = state === 'Loading' ? '+' : state === 'Unloading' ? '-' : '';
  return taintLetters(kernel, taints) + suffix;
}

function sections(kernel: Kernel, module: Kva): ModuleSection[] {
  const found = kernel.trait(moduleAttributes).sections(kernel, module);
  return found.map(({ name, address }) => ({ name, address: kernel.mem.hex(address) }));
}

/** The description of its GNU build id note, as hex digits. */
function buildId(kernel: Kernel, module: Kva): string | null {
  const { mem } = kernel;
  for (const note of kernel.trait(moduleAttributes).notes(kernel, module)) {
    if (note.name !== '.note.gnu.build-id') continue;
    const nameBytes = mem.u32(note.address);
    const bytes = mem.u32(note.address, 4);
    if (mem.u32(note.address, 8) !== NT_GNU_BUILD_ID || nameBytes !== 4 || bytes > MAX_BUILD_ID) continue;
    return Buffer.from(mem.bytes(note.address, bytes, NOTE_HEADER + nameBytes)).toString('hex');
  }
  return null;
}
