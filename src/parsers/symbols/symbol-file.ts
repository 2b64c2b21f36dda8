// A file that the user imports: a System.map, a vmlinux, or a BTF blob, told apart by their contents.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { InputError, SystemError } from '../../base/error.js';
import { openTypesFile } from '../types/types-file.js';
import type { LinkedTable } from './linked-symbols.js';
import { readSystemMap } from './system-map.js';
import { readSection, readVmlinux } from './vmlinux.js';

export interface SymbolFile {
  readonly table: LinkedTable | undefined;
  /** BTF. */
  readonly types: Uint8Array | undefined;
}

const ELF_MAGIC = 0x464c_457f;
const BTF_MAGIC = 0xeb9f;

/** Throws InputError for what is none of the three, SystemError where the file cannot be read. */
export function readSymbolFile(path: string): SymbolFile {
  const head = readHead(path);
  if (head.length >= 4 && head.readUInt32LE(0) === ELF_MAGIC) {
    return { table: readVmlinux(path), types: readSection(path, '.BTF') };
  }
  if (head.length >= 4 && head.readUInt16LE(0) === BTF_MAGIC) {
    const types = readFileSync(path);
    openTypesFile(types, path);
    return { table: undefined, types };
  }
  if (head.length === 0)
    throw new InputError(`${path} is empty`, 'Name a System.map, a vmlinux, or a BTF file.');
  return { table: readSystemMap(path), types: undefined };
}

function readHead(path: string): Buffer {
  try {
    const fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(16);
      return head.subarray(0, readSync(fd, head, 0, head.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new SystemError(`${path}: ${(error as Error).message}`, 'Name a readable file.');
  }
}
