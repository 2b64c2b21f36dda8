// File handles as name_to_handle_at(2) makes them: exportfs_encode_fh() and what file systems do instead (fs/exportfs).

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { FileHandle } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { symbolAt } from './symbol-at.js';

const INODE = {
  number: 'i_ino',
  generation: 'i_generation',
  superBlock: 'i_sb',
  private: 'i_private',
} as const;
const SUPER_BLOCK = { operations: 's_export_op' } as const;
const EXPORT = { encode: 'encode_fh' } as const;
const KERNFS = { id: 'id' } as const;
const FILEID_INO32_GEN = 1;
const FILEID_KERNFS = 0xfe;

type Encoder = (kernel: Kernel, inode: Kva) => FileHandle;

const ENCODERS: Readonly<Record<string, Encoder>> = {
  generic_encode_ino32_fh: generic,
  // mm/shmem.c
  shmem_encode_fh: (kernel, inode) => {
    const at = kernel.layout('inode', INODE);
    const number = kernel.mem.u64(inode, at.number);
    const words = [
      kernel.mem.u32(inode, at.generation),
      Number(number & 0xffff_ffffn),
      Number(number >> 32n),
    ];
    return { type: FILEID_INO32_GEN, hex: littleEndian(words) };
  },
  // fs/kernfs/mount.c
  kernfs_encode_fh: (kernel, inode) => {
    const node = kernel.mem.ptr(inode, kernel.layout('inode', INODE).private);
    const id = kernel.mem.u64(node, kernel.layout('kernfs_node', KERNFS).id);
    return { type: FILEID_KERNFS, hex: littleEndian([Number(id & 0xffff_ffffn), Number(id >> 32n)]) };
  },
};

export function fileHandle(kernel: Kernel, inode: Kva): FileHandle {
  const { mem } = kernel;
  const block = mem.ptr(inode, kernel.layout('inode', INODE).superBlock);
  const operations = mem.ptr(block, kernel.layout('super_block', SUPER_BLOCK).operations);
  const encode =
    operations === NULL ? NULL : mem.ptr(operations, kernel.layout('export_operations', EXPORT).encode);
  if (encode === NULL) return generic(kernel, inode);
  const symbol = symbolAt(kernel, encode);
  const encoder = symbol === null ? undefined : ENCODERS[symbol];
  if (encoder === undefined)
    throw new Fault('unknown', `handles made by ${symbol ?? mem.hex(encode)}() are not known`);
  return encoder(kernel, inode);
}

/** export_encode_fh() of file systems without one of their own. */
function generic(kernel: Kernel, inode: Kva): FileHandle {
  const at = kernel.layout('inode', INODE);
  const number = Number(kernel.mem.u64(inode, at.number) & 0xffff_ffffn);
  return { type: FILEID_INO32_GEN, hex: littleEndian([number, kernel.mem.u32(inode, at.generation)]) };
}

function littleEndian(words: readonly number[]): string {
  return Buffer.from(Uint32Array.from(words).buffer).toString('hex');
}
