// The kernel's types: the BTF blob between __start_BTF and __stop_BTF in .rodata, or the one in a file.

import { readFileSync } from 'node:fs';
import { InputError, SystemError } from '../../base/error.js';
import { Fault } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolLibrary } from '../symbols/library.js';
import type { SymbolSource } from '../symbols/symbols.js';
import { readSection } from '../symbols/vmlinux.js';
import type { TypeSource } from '../types/types.js';
import { openTypesFile } from '../types/types-file.js';
import type { Overrides } from './overrides.js';

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');
const MAX_BTF = 256 << 20;

export interface TypeOptions extends Overrides {
  readonly library?: SymbolLibrary | undefined;
}

/** The types in memory, or those that the user names; where the former are damaged, those in the library. */
export function openTypes(
  mem: KernelMemory,
  symbols: SymbolSource,
  options: TypeOptions,
  buildId: string | null,
): TypeSource {
  const fallback = buildId === null ? undefined : options.library?.types(buildId);
  try {
    return ownTypes(mem, symbols, options);
  } catch (error) {
    if (fallback === undefined || !(error instanceof InputError || error instanceof Fault)) throw error;
    return openTypesFile(readBtfFile(fallback), fallback);
  }
}

function ownTypes(mem: KernelMemory, symbols: SymbolSource, { btf, vmlinux }: Overrides): TypeSource {
  if (btf !== undefined) return openTypesFile(readBtfFile(btf), btf);
  const [start, stop] = [symbols.address('__start_BTF'), symbols.address('__stop_BTF')];
  if (start !== undefined && stop !== undefined && stop > start && stop - start < MAX_BTF) {
    const bytes = new Uint8Array(stop - start);
    const phys = mem.translate(start);
    mem.physical.bulk(phys, bytes);
    mem.physical.touch(phys, bytes.length);
    return openTypesFile(bytes, `BTF in memory at ${mem.hex(start)}`);
  }
  const section = vmlinux === undefined ? undefined : readSection(vmlinux, '.BTF');
  if (section) return openTypesFile(section, `${vmlinux}`);
  throw new InputError(
    'this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): its structures are unknown',
    'Give its types with --btf FILE: a BTF blob, or a vmlinux that has one.',
  );
}

/** A blob, or an ELF file with a .BTF section. */
function readBtfFile(path: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SystemError(`${path}: ${(error as Error).message}`, 'Name a readable file with BTF.');
  }
  if (!bytes.subarray(0, 4).equals(ELF_MAGIC)) return bytes;
  const section = readSection(path, '.BTF');
  if (!section)
    throw new InputError(`${path} has no .BTF section`, 'Make one with pahole -J, or name a blob.');
  return section;
}
