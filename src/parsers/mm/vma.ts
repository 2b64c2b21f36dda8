// One vm_area_struct as a snapshot Vma.

import { type Kva, NULL } from '../../base/address.js';
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

const texts = perKernel(() => new Map<number, string>());

export function readVma(kernel: Kernel, vma: Kva, marks: MmMarks | null): Vma {
  const { mem, faults } = kernel;
  const at = kernel.layout('vm_area_struct', VMA);
  const [low, high] = [mem.u32(vma, at.flags), mem.u32(vma, at.flags + 4)];
  const start = pageAddress(kernel, vma, at.start);
  const end = pageAddress(kernel, vma, at.end);
  // The lower half of what the page tables map.
  const limit = 2 ** (9 * kernel.location.pagingLevels + 11);
  if (!(start < end && end <= limit && start % PAGE_BYTES === 0 && end % PAGE_BYTES === 0))
    throw mem.fault('corrupt', `a VMA from 0x${start.toString(16)} to 0x${end.toString(16)}`, vma);
  const file = faults.guard('vm_file', () => mem.ptr(vma, at.file), NULL);
  const backing = file === NULL ? NO_FILE : faults.guard('file', () => fileOfVma(kernel, file), NO_FILE);
  const name = () =>
    file === NULL ? vmaName(kernel, vma, start, end, marks) : (sharedMemoryName(kernel, vma) ?? backing.name);
  return {
    address: mem.hex(vma),
    start,
    end,
    flags: `0x${(high === 0 ? '' : high.toString(16)) + low.toString(16).padStart(high === 0 ? 1 : 8, '0')}`,
    vmFlags: vmFlagCodes(kernel, low, high),
    perms: permissionText(kernel, low),
    offset: file === NULL ? 0 : mem.nat(vma, at.pgoff) * PAGE_BYTES,
    devMajor: backing.major,
    devMinor: backing.minor,
    inode: backing.inode,
    name: faults.guard('name', name, backing.name),
    file: file === NULL ? null : mem.hex(file),
    anonymous: faults.guard('vm_ops', () => mem.ptr(vma, at.operations) === NULL, false),
    anonVma: faults.guard('anon_vma', () => mem.ptr(vma, at.anonVma) !== NULL, false),
  };
}

/** An address of a page: a double holds it exactly up to 2^64, as it ends in zeroes. */
export function pageAddress(kernel: Kernel, base: Kva, offset: number): number {
  return kernel.mem.u32(base, offset + 4) * WORD + kernel.mem.u32(base, offset);
}

function permissionText(kernel: Kernel, flags: number): string {
  const memo = texts(kernel);
  let text = memo.get(flags);
  if (text === undefined) memo.set(flags, (text = permissions(flags)));
  return text;
}
