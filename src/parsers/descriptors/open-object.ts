// From an open file description to the kernel object behind it, for all readers of this folder.

import type { Hex, Kva } from '../../base/address.js';
import type { OpenFile } from '../../snapshot/files.js';
import type { Clock } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';

/** What a reader of one kind of descriptor is given. */
export interface Opened {
  readonly kernel: Kernel;
  readonly file: OpenFile;
  /** struct file. */
  readonly at: Kva;
  /** When the kernel died. */
  readonly clock: Clock;
}

const FILE = { private: 'private_data', inode: 'f_inode' } as const;

export function privateData({ kernel, at }: Opened): Kva {
  return kernel.mem.ptr(at, kernel.layout('file', FILE).private);
}

export function inodeOf({ kernel, at }: Opened): Kva {
  return kernel.mem.ptr(at, kernel.layout('file', FILE).inode);
}

/** 64 bits as text. */
export function hex64(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
