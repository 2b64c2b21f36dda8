// struct mm_struct as a snapshot Mm.

import { type Hex, type Kva, NULL } from '../../base/address.js';
import type { Mm } from '../../snapshot/mm.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { NO_COUNTERS, rssCounters } from './rss.js';
import { vdsoBuild } from './vdso.js';
import { pageAddress } from './vma.js';

const MM = {
  pgd: 'pgd',
  users: 'mm_users',
  startCode: 'start_code',
  endCode: 'end_code',
  startData: 'start_data',
  endData: 'end_data',
  startBrk: 'start_brk',
  brk: 'brk',
  startStack: 'start_stack',
  argStart: 'arg_start',
  argEnd: 'arg_end',
  envStart: 'env_start',
  envEnd: 'env_end',
  mmapBase: 'mmap_base',
  taskSize: 'task_size',
  totalVm: 'total_vm',
  lockedVm: 'locked_vm',
  pinnedVm: 'pinned_vm',
  dataVm: 'data_vm',
  execVm: 'exec_vm',
  stackVm: 'stack_vm',
  tableBytes: 'pgtables_bytes',
  mapCount: 'map_count',
  defFlags: 'def_flags',
  flags: 'flags',
  vdso: 'context.vdso',
  vdsoImage: 'context.vdso_image',
} as const;

const known = perKernel(() => new Map<Kva, Mm | null>());

/** The mm_struct at an address; null, with a fault, where it cannot be one. Tasks that share it get one object. */
export function readMm(kernel: Kernel, address: Hex): Mm | null {
  const mm = kernel.mem.fromHex(address);
  const memo = known(kernel);
  let found = memo.get(mm);
  if (found === undefined) {
    found = kernel.faults.guard(`mm ${address}`, () => read(kernel, mm), null);
    memo.set(mm, found);
  }
  return found;
}

function read(kernel: Kernel, mm: Kva): Mm {
  const { mem } = kernel;
  const at = kernel.layout('mm_struct', MM);
  const pgd = mem.ptr(mm, at.pgd);
  if (pgd === NULL) throw mem.fault('bad-pointer', 'mm has no page tables', mm, at.pgd);
  return {
    address: mem.hex(mm),
    pgd: mem.translate(pgd),
    users: mem.i32(mm, at.users),
    ...places(kernel, mm),
    ...sizes(kernel, mm),
    mapCount: mem.i32(mm, at.mapCount),
    rss: kernel.faults.guard('rss', () => kernel.trait(rssCounters)(kernel, mm), NO_COUNTERS),
    defFlags: word(kernel, mm, at.defFlags),
    flags: word(kernel, mm, at.flags),
    vdso: mem.nat(mm, at.vdso),
    vdsoBuild: kernel.faults.guard('vDSO', () => vdsoBuild(kernel, mem.ptr(mm, at.vdsoImage)), null),
  };
}

function places(kernel: Kernel, mm: Kva) {
  const { mem } = kernel;
  const at = kernel.layout('mm_struct', MM);
  return {
    startCode: mem.nat(mm, at.startCode),
    endCode: mem.nat(mm, at.endCode),
    startData: mem.nat(mm, at.startData),
    endData: mem.nat(mm, at.endData),
    startBrk: mem.nat(mm, at.startBrk),
    brk: mem.nat(mm, at.brk),
    startStack: mem.nat(mm, at.startStack),
    argStart: mem.nat(mm, at.argStart),
    argEnd: mem.nat(mm, at.argEnd),
    envStart: mem.nat(mm, at.envStart),
    envEnd: mem.nat(mm, at.envEnd),
    mmapBase: mem.nat(mm, at.mmapBase),
    taskSize: pageAddress(kernel, mm, at.taskSize),
  };
}

function sizes(kernel: Kernel, mm: Kva) {
  const { mem } = kernel;
  const at = kernel.layout('mm_struct', MM);
  return {
    totalVm: mem.nat(mm, at.totalVm),
    lockedVm: mem.nat(mm, at.lockedVm),
    pinnedVm: mem.nat(mm, at.pinnedVm),
    dataVm: mem.nat(mm, at.dataVm),
    execVm: mem.nat(mm, at.execVm),
    stackVm: mem.nat(mm, at.stackVm),
    tableBytes: mem.nat(mm, at.tableBytes),
  };
}

function word(kernel: Kernel, mm: Kva, offset: number): Hex {
  return `0x${kernel.mem.u64(mm, offset).toString(16)}`;
}
