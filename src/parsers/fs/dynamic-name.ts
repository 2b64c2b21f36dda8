// Names that a file system makes up when asked: dentry_operations.d_dname. Recognised by the symbol of the function.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { dentryLayout, dentryName } from './dentry.js';

type NameMaker = (kernel: Kernel, dentry: Kva) => string;

const MAKERS: Readonly<Record<string, NameMaker>> = {
  // fs/d_path.c: memfd, shared anonymous memory, System V segments, aio rings, secretmem
  simple_dname: (kernel, dentry) => `/${dentryName(kernel, dentry)} (deleted)`,
  // fs/pipe.c
  pipefs_dname: (kernel, dentry) => `pipe:[${inodeNumber(kernel, dentry)}]`,
  // net/socket.c
  sockfs_dname: (kernel, dentry) => `socket:[${inodeNumber(kernel, dentry)}]`,
  // fs/anon_inodes.c
  anon_inodefs_dname: (kernel, dentry) => `anon_inode:${dentryName(kernel, dentry)}`,
  // fs/pidfs.c; before 6.9 pidfds were anonymous inodes
  pidfs_dname: () => 'anon_inode:[pidfd]',
  // fs/nsfs.c
  ns_dname: (kernel, dentry) => `${namespaceName(kernel, dentry)}:[${inodeNumber(kernel, dentry)}]`,
  // drivers/dma-buf/dma-buf.c
  dmabuffs_dname: (kernel, dentry) => `/${dentryName(kernel, dentry)}:${bufferName(kernel, dentry)}`,
};

const OPERATIONS = { dynamicName: 'd_dname' } as const;
const INODE = { number: 'i_ino', private: 'i_private' } as const;
const NS_COMMON = { operations: 'ops' } as const;
const NS_OPERATIONS = { name: 'name' } as const;
const DMA_BUF = { name: 'name' } as const;

/** Maker of each operations table met so far; null for tables without d_dname. */
const makers = perKernel(() => new Map<Kva, NameMaker | null>());

/** The name that the dentry's own d_dname would make; null where it has none and the tree's path counts. */
export function dynamicName(kernel: Kernel, dentry: Kva): string | null {
  const operations = kernel.mem.ptr(dentry, dentryLayout(kernel).operations);
  if (operations === NULL) return null;
  const known = makers(kernel);
  let maker = known.get(operations);
  if (maker === undefined) {
    maker = makerOf(kernel, operations);
    known.set(operations, maker);
  }
  return maker === null ? null : maker(kernel, dentry);
}

function makerOf(kernel: Kernel, operations: Kva): NameMaker | null {
  const at = kernel.layout('dentry_operations', OPERATIONS);
  const address = kernel.mem.ptr(operations, at.dynamicName);
  if (address === NULL) return null;
  const symbol = kernel.symbols.nearest(address);
  const maker = symbol?.offset === 0 ? MAKERS[symbol.name] : undefined;
  if (maker !== undefined) return maker;
  const name = symbol === undefined ? kernel.mem.hex(address) : symbol.name;
  return () => {
    throw new Fault('unknown', `names made by ${name}() are not known`);
  };
}

function inodeNumber(kernel: Kernel, dentry: Kva): Wide {
  const inode = kernel.mem.ptr(dentry, dentryLayout(kernel).inode);
  return kernel.mem.wide(inode, kernel.layout('inode', INODE).number);
}

/** `mnt`, `pid`, …: the operations that the inode's ns_common names. */
function namespaceName(kernel: Kernel, dentry: Kva): string {
  const inode = kernel.mem.ptr(dentry, dentryLayout(kernel).inode);
  const common = kernel.mem.ptr(inode, kernel.layout('inode', INODE).private);
  const operations = kernel.mem.ptr(common, kernel.layout('ns_common', NS_COMMON).operations);
  const name = kernel.mem.ptr(operations, kernel.layout('proc_ns_operations', NS_OPERATIONS).name);
  return kernel.mem.cstr(name, 0, 32);
}

function bufferName(kernel: Kernel, dentry: Kva): string {
  const buffer = kernel.mem.ptr(dentry, dentryLayout(kernel).private);
  const name = kernel.mem.ptr(buffer, kernel.layout('dma_buf', DMA_BUF).name);
  return name === NULL ? '' : kernel.mem.cstr(name, 0, 32);
}
