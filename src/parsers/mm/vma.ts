// One vm_area_struct as a snapshot Vma.

import { type Hex, hexPair, type Kva, NULL } from '../../base/address.js';
import type { Vma } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { fileOfVma, NO_FILE } from './vma-file.js';
import { permissions, vmFlagCodes } from './vma-flags.js';
import { type MmMarks, sharedMemoryName, vmaName } from './vma-name.js';

const VMA = {
  start: 'vm_start',
  end: 'vm_end',
  flags: 'vm_flags',
  pgoff: 'vm_pgoff',
  file: 'vm_file',
  anonVma: 'anon_vma',
  operations: 'vm_ops',
} as const;
const PAGE_BYTES = 4096;
const WORD = 2 ** 32;

/** `address`: of the VMA, as text. */
export function readVma(kernel: Kernel, vma: Kva, address: Hex, marks: MmMarks | null): Vma {
  const { mem, faults } = kernel;
  const at = kernel.layout('vm_area_struct', VMA);
  const known = flagTexts(kernel, mem.u32(vma, at.flags), mem.u32(vma, at.flags + 4));
  const start = pageAddress(kernel, vma, at.start);
  const end = pageAddress(kernel, vma, at.end);
  // The lower half of what the page tables map.
  const limit = 2 ** (9 * kernel.location.pagingLevels + 11);
  if (!(start < end && end <= limit && start % PAGE_BYTES === 0 && end % PAGE_BYTES === 0))
    throw mem.fault('corrupt', `a VMA from 0x${start.toString(16)} to 0x${end.toString(16)}`, vma);
  const file = pointer(kernel, 'vm_file', vma, at.file) ?? NULL;
  const backing = file === NULL ? NO_FILE : faults.guard('file', () => fileOfVma(kernel, file), NO_FILE);
  const name = () =>
    file === NULL ? vmaName(kernel, vma, start, end, marks) : (sharedMemoryName(kernel, vma) ?? backing.name);
  return {
    address,
    start,
    end,
    flags: known.flags,
    vmFlags: known.codes,
    perms: known.perms,
    offset: file === NULL ? 0 : mem.nat(vma, at.pgoff) * PAGE_BYTES,
    devMajor: backing.major,
    devMinor: backing.minor,
    inode: backing.inode,
    name: faults.guard('name', name, backing.name),
    file: file === NULL ? null : mem.hex(file),
    anonymous: pointer(kernel, 'vm_ops', vma, at.operations) === NULL,
    anonVma: (pointer(kernel, 'anon_vma', vma, at.anonVma) ?? NULL) !== NULL,
  };
}

/** An address of a page: a double holds it exactly up to 2^64, as it ends in zeroes. */
export function pageAddress(kernel: Kernel, base: Kva, offset: number): number {
  return kernel.mem.word(base, offset);
}

/** Undefined, with the fault recorded, where it cannot be read. */
function pointer(kernel: Kernel, name: string, vma: Kva, offset: number): Kva | undefined {
  try {
    return kernel.mem.ptr(vma, offset);
  } catch (error) {
    kernel.faults.caught(name, error);
    return undefined;
  }
}

interface FlagTexts {
  readonly flags: Hex;
  readonly codes: readonly string[];
  readonly perms: string;
}

/** By the flags; of those that no double holds (they are damaged), by their text. */
const texts = perKernel(() => new Map<number | string, FlagTexts>());
const EXACT_HIGH = 2 ** 21;

function flagTexts(kernel: Kernel, low: number, high: number): FlagTexts {
  const memo = texts(kernel);
  const key = high < EXACT_HIGH ? high * WORD + low : `${low},${high}`;
  let found = memo.get(key);
  if (found === undefined) {
    const flags: Hex = `0x${hexPair(high, low)}`;
    memo.set(key, (found = { flags, codes: vmFlagCodes(kernel, low, high), perms: permissions(low) }));
  }
  return found;
}
