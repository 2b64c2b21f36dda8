// Types of loaded modules: split BTF, whose ids go on where the kernel's end (kernel/bpf/btf.c, 36e68442d1af, 5.11).
//
// The module's own pointer to its .BTF section does not outlive loading; the parsed copies hang on the list btf_modules.
// One that was built with a distilled base (8646db238997, 6.11) has been relocated to the kernel's ids there.

import { createHash } from 'node:crypto';
import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { openBtf } from '../types/btf.js';
import { wholeTypes } from '../types/describe.js';
import type { TypeSource } from '../types/types.js';
import { forEachListEntry } from './list.js';

const BTF_MODULE = { list: 'list', module: 'module', btf: 'btf' } as const;
const BTF = { data: 'data', bytes: 'data_size', startId: 'start_id' } as const;
const MODULE = { name: 'name' } as const;
const NAME_BYTES = 56;
const MAX_BYTES = 64 << 20;
const MAX_MODULES = 4096;
/** Hexadecimal. */
const DIGITS = 16;

/** Types of one loaded module, with the kernel's below them; undefined where there is no such module, or no BTF of it. */
export function moduleTypes(kernel: Kernel, name: string): TypeSource | undefined {
  let found: TypeSource | undefined;
  forEachModuleTypes(kernel, (module, open) => {
    if (module !== name) return true;
    found = open();
    return false;
  });
  return found;
}

/** The types that have `type`: the kernel's own, or else those of the first module that does. */
export function typesWith(kernel: Kernel, type: string): TypeSource {
  const has = (types: TypeSource) => types.sizeOf(type) !== undefined;
  if (has(kernel.types)) return kernel.types;
  let found: TypeSource = kernel.types;
  forEachModuleTypes(kernel, (_module, open) => {
    const types = open();
    if (!has(types)) return true;
    found = types;
    return false;
  });
  return found;
}

/** Visits the modules that have BTF; `open` reads it, or throws a fault. `false` ends the walk. */
export function forEachModuleTypes(
  kernel: Kernel,
  visit: (module: string, open: () => TypeSource) => unknown,
): void {
  const head = kernel.symbols.address('btf_modules');
  if (head === undefined || kernel.types.sizeOf('btf_module') === undefined) return;
  const at = kernel.layout('btf_module', BTF_MODULE);
  const { name } = kernel.layout('module', MODULE);
  const take = (entry: Kva) => {
    const module = kernel.mem.cstr(kernel.mem.ptr(entry, at.module), name, NAME_BYTES);
    return visit(module, () => openSplit(kernel, kernel.mem.ptr(entry, at.btf), module));
  };
  forEachListEntry(kernel, head, at.list, take, MAX_MODULES);
}

/** Which module is loaded does not follow from the kernel's build: answers about it are remembered by a digest of its types. */
function openSplit(kernel: Kernel, btf: Kva, module: string): TypeSource {
  const { mem, types } = kernel;
  const at = kernel.layout('btf', BTF);
  const size = mem.u32(btf, at.bytes);
  if (size > MAX_BYTES) throw mem.fault('corrupt', `types of ${module} have ${size} bytes`, btf, at.bytes);
  const data = mem.ptr(btf, at.data);
  const bytes = mem.bytes(data, size);
  const open = () => {
    const base = wholeTypes(types);
    if (base === undefined) throw new Fault('unknown', `types of ${module} go on where unknown ones end`);
    const startId = mem.u32(btf, at.startId);
    if (startId === base.index.endId)
      return openBtf(bytes, base, `BTF of ${module} in memory at ${mem.hex(data)}`);
    const where = `types of ${module} begin at ${startId}, the kernel's end at ${base.index.endId}`;
    throw mem.fault('corrupt', where, btf);
  };
  if (types.extend === undefined) return open();
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, DIGITS);
  return types.extend(`${module} ${digest}`, open);
}
