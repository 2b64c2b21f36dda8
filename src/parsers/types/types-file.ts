// A types file is the BTF blob as it lay in memory, nothing added: bpftool and pahole read it, and so does --btf.

import { InputError } from '../../base/error.js';
import { Fault } from '../../base/fault.js';
import { type Btf, openBtf } from './btf.js';
import { wholeTypes } from './describe.js';
import type { TypeSource } from './types.js';

/** The bytes of a types file; undefined where the source has only answers, and no blob to open. */
export function typesFile(types: TypeSource): Uint8Array | undefined {
  const index = wholeTypes(types)?.index;
  return index?.blob.subarray(0, index.header.bytes);
}

/** Opens the bytes of a types file; `base` is the kernel's where they are a module's. */
export function openTypesFile(bytes: Uint8Array, name: string, base?: Btf): Btf {
  try {
    return openBtf(bytes, base, name);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new InputError(`${name}: ${error.message}`, 'Give a BTF blob, or a vmlinux that has one.');
  }
}
