// A super block as the tail of a mountinfo line shows it. Mirrors fs/proc_namespace.c and struct super_block.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { fileSystem } from './inode.js';
import { driverOptions } from './super-options/driver-options.js';

export interface SuperBlock {
  /** With the subtype behind a dot: `fuse.sshfs`. */
  readonly type: string;
  /** dev_t. */
  readonly device: number;
  /** `rw,sync,size=1024k`. */
  readonly options: string;
  readonly complete: boolean;
}

const SUPER_BLOCK = { flags: 's_flags', subtype: 's_subtype' } as const;
const SB_RDONLY = 1;
const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0x10, 'sync'],
  [0x80, 'dirsync'],
  [0x40, 'mand'],
  [0x200_0000, 'lazytime'],
];

const known = perKernel(() => new Map<Kva, SuperBlock>());

/** Read once for each super block: bind mounts and namespaces share them. */
export function superBlock(kernel: Kernel, block: Kva): SuperBlock {
  const blocks = known(kernel);
  let found = blocks.get(block);
  if (found === undefined) blocks.set(block, (found = readBlock(kernel, block)));
  return found;
}

function readBlock(kernel: Kernel, block: Kva): SuperBlock {
  const { mem } = kernel;
  const at = kernel.layout('super_block', SUPER_BLOCK);
  const { name, device } = fileSystem(kernel, block);
  const flags = mem.u32(block, at.flags);
  const own = kernel.faults.guard('options', () => driverOptions(kernel, block), UNREAD);
  const general = NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, option]) => option);
  const subtype = mem.ptr(block, at.subtype);
  return {
    type: subtype === NULL ? name : `${name}.${mem.cstr(subtype, 0, 256)}`,
    device,
    options: [flags & SB_RDONLY ? 'ro' : 'rw', ...general, ...own.options].join(','),
    complete: own.complete,
  };
}

const UNREAD = { options: [], complete: false };
