// The vsyscall page: a VMA that belongs to no mm, shown at the end of every 64-bit process's maps unless vsyscalls
// are off. Mirrors get_gate_vma() in arch/x86/entry/vsyscall/vsyscall_64.c.

import type { Mm, Vma } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { pageAddress } from './vma.js';
import { permissions, vmFlagCodes } from './vma-flags.js';

const VMA = { start: 'vm_start', end: 'vm_end', flags: 'vm_flags' } as const;
/** enum { EMULATE, XONLY, NONE }. */
const MODE_NONE = 2;

/** Tasks of 32 bits have no more than 4 GiB, and no vsyscall page. */
const COMPAT_LIMIT = 2 ** 32;

/** Null where vsyscall=none, for 32-bit tasks, and on kernels without CONFIG_X86_VSYSCALL_EMULATION. */
export function gateVma(kernel: Kernel, mm: Mm): Vma | null {
  return mm.taskSize <= COMPAT_LIMIT ? null : gate(kernel);
}

const gate = perKernel((kernel) => kernel.faults.guard('vsyscall page', () => readGate(kernel), null));

function readGate(kernel: Kernel): Vma | null {
  const { mem, symbols } = kernel;
  const [mode, vma] = [symbols.address('vsyscall_mode'), symbols.address('gate_vma')];
  if (mode === undefined || vma === undefined || mem.u32(mode) === MODE_NONE) return null;
  const at = kernel.layout('vm_area_struct', VMA);
  const [low, high] = [mem.u32(vma, at.flags), mem.u32(vma, at.flags + 4)];
  return {
    address: mem.hex(vma),
    start: pageAddress(kernel, vma, at.start),
    end: pageAddress(kernel, vma, at.end),
    flags: `0x${low.toString(16)}`,
    vmFlags: vmFlagCodes(kernel, low, high),
    perms: permissions(low),
    offset: 0,
    devMajor: 0,
    devMinor: 0,
    inode: 0,
    name: '[vsyscall]',
    file: null,
    anonymous: false,
    anonVma: false,
  };
}
