// System V shared memory: struct shmid_kernel (ipc/shm.c).

import { type Kva, NULL } from '../../base/address.js';
import type { SharedMemory } from '../../snapshot/ipc.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { IPC, permissions, readObjects } from './ipc-object.js';

const SHM = {
  file: 'shm_file',
  attachments: 'shm_nattch',
  bytes: 'shm_segsz',
  attached: 'shm_atim',
  detached: 'shm_dtim',
  changed: 'shm_ctim',
  creator: 'shm_cprid',
  last: 'shm_lprid',
} as const;
const FILE = { inode: 'f_inode' } as const;
const INODE = { mapping: 'i_mapping', blockBits: 'i_blkbits' } as const;
const MAPPING = { pages: 'nrpages', operations: 'a_ops' } as const;
const SHMEM = { swapped: 'swapped', inode: 'vfs_inode' } as const;
const PAGE_SHIFT = 12;

export function readSharedMemory(kernel: Kernel, namespace: Kva): readonly SharedMemory[] {
  return readObjects(kernel, namespace, IPC.shm, (segment) => readSegment(kernel, segment));
}

function readSegment(kernel: Kernel, segment: Kva): SharedMemory {
  const { mem } = kernel;
  const at = kernel.layout('shmid_kernel', SHM);
  const pid = (offset: number) => pidNumber(kernel, mem.ptr(segment, offset));
  const file = mem.ptr(segment, at.file);
  const inode = file === NULL ? NULL : mem.ptr(file, kernel.layout('file', FILE).inode);
  return {
    ...permissions(kernel, segment),
    changed: mem.int(segment, at.changed),
    bytes: wide(mem.u64(segment, at.bytes)),
    attachments: mem.nat(segment, at.attachments),
    creatorPid: pid(at.creator),
    lastPid: pid(at.last),
    attached: mem.int(segment, at.attached),
    detached: mem.int(segment, at.detached),
    ...kernel.faults.guard('pages', () => pagesOf(kernel, inode), NO_PAGES),
    inode: inode === NULL ? null : mem.hex(inode),
  };
}

const NO_PAGES = { residentPages: 0, swappedPages: 0 };

/** shm_add_rss_swap(). */
function pagesOf(kernel: Kernel, inode: Kva): typeof NO_PAGES {
  if (inode === NULL) return NO_PAGES;
  const { mem } = kernel;
  const at = kernel.layout('inode', INODE);
  const mapping = mem.ptr(inode, at.mapping);
  const cache = kernel.layout('address_space', MAPPING);
  const pages = mem.nat(mapping, cache.pages);
  if (mem.ptr(mapping, cache.operations) === kernel.symbols.address('hugetlbfs_aops')) {
    return { residentPages: pages * 2 ** (mem.u8(inode, at.blockBits) - PAGE_SHIFT), swappedPages: 0 };
  }
  const shmem = kernel.layout('shmem_inode_info', SHMEM);
  return { residentPages: pages, swappedPages: mem.nat((inode - shmem.inode) as Kva, shmem.swapped) };
}
