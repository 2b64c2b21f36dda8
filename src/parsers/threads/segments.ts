// Segment bases and selectors, and the descriptors for thread-local storage of 32-bit code (struct thread_struct in
// arch/x86/include/asm/processor.h, arch/x86/kernel/{process_64,tls}.c).

import { type Hex, hex, type Kva } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Segments, TlsDescriptor } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { type CpuRegisters, crashNoteBases } from './cpu-registers.js';

const THREAD = {
  fsBase: 'thread.fsbase',
  gsBase: 'thread.gsbase',
  fs: 'thread.fsindex',
  gs: 'thread.gsindex',
  ds: 'thread.ds',
  es: 'thread.es',
  tls: 'thread.tls_array',
} as const;
/** GDT_ENTRY_TLS_MIN, GDT_ENTRY_TLS_ENTRIES. */
const FIRST_ENTRY = 12;
const ENTRIES = 3;
const PRESENT = 1n << 47n;
const GRANULARITY = 1n << 55n;

/** The selectors and TLS entries are what the thread was given when it last got a CPU: they are always in memory. */
export function readSegments(kernel: Kernel, task: Task, address: Kva, onCpu: CpuRegisters | null): Segments {
  const { mem } = kernel;
  const at = kernel.layout('task_struct', THREAD);
  const selector = (name: 'fs' | 'gs' | 'ds' | 'es') => mem.u16(address, at[name]);
  return {
    ...bases(kernel, task, address, onCpu),
    ...{ fs: selector('fs'), gs: selector('gs'), ds: selector('ds'), es: selector('es') },
    tls: tlsDescriptors(kernel, (address + at.tls) as Kva),
  };
}

type Bases = Pick<Segments, 'fsBase' | 'gsBase' | 'source' | 'mayBeStale'>;

function bases(kernel: Kernel, task: Task, address: Kva, onCpu: CpuRegisters | null): Bases {
  if (onCpu !== null) return onCpuBases(kernel, address, onCpu);
  const noted = task.onCpu
    ? kernel.faults.guard('segment bases', () => crashNoteBases(kernel, task.cpu), null)
    : null;
  if (noted !== null) {
    return { fsBase: hex(noted.fsBase), gsBase: hex(noted.gsBase), source: 'crash note', mayBeStale: false };
  }
  const at = kernel.layout('task_struct', THREAD);
  const base = (offset: number): Hex => hex(kernel.mem.u64(address, offset));
  return {
    fsBase: base(at.fsBase),
    gsBase: base(at.gsBase),
    source: 'thread_struct',
    mayBeStale: task.onCpu,
  };
}

/** A base that the CPU did not have is as old as the thread's last turn on a CPU. */
function onCpuBases(kernel: Kernel, address: Kva, { fsBase, gsBase, registers }: CpuRegisters): Bases {
  const at = kernel.layout('task_struct', THREAD);
  const older = (offset: number) => kernel.mem.u64(address, offset);
  return {
    fsBase: hex(fsBase ?? older(at.fsBase)),
    gsBase: hex(gsBase ?? older(at.gsBase)),
    source: registers.source === 'kernel stack' ? 'thread_struct' : registers.source,
    mayBeStale: fsBase === null || gsBase === null,
  };
}

function tlsDescriptors(kernel: Kernel, array: Kva): TlsDescriptor[] {
  const found: TlsDescriptor[] = [];
  for (let n = 0; n < ENTRIES; n++) {
    const raw = kernel.mem.u64(array, n * 8);
    if (raw & PRESENT) found.push(descriptor(FIRST_ENTRY + n, raw));
  }
  return found;
}

/** struct desc_struct (Intel SDM vol. 3, 3.4.5): base and limit lie in pieces. */
export function descriptor(entry: number, raw: bigint): TlsDescriptor {
  const base = ((raw >> 16n) & 0xff_ffffn) | (((raw >> 56n) & 0xffn) << 24n);
  const limit = Number((raw & 0xffffn) | (((raw >> 48n) & 0xfn) << 16n));
  return {
    entry,
    base: hex(base),
    limit: raw & GRANULARITY ? limit * 4096 + 4095 : limit,
    raw: hex(raw),
  };
}
