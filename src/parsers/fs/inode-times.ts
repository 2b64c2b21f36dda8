// When a file was last changed and read: i_mtime and i_atime of struct inode (include/linux/fs.h).

import type { Kva } from '../../base/address.js';
import type { FileTimes } from '../../snapshot/files.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

/** Members of struct inode, each a number. */
type Places = {
  readonly mtime: string;
  readonly mtimeNs: string;
  readonly atime: string;
  readonly atimeNs: string;
};

const NS = 1_000_000_000;
const NS_DIGITS = 9;

const DISCRETE: Places = {
  ...{ mtime: 'i_mtime_sec', mtimeNs: 'i_mtime_nsec' },
  ...{ atime: 'i_atime_sec', atimeNs: 'i_atime_nsec' },
};
const RENAMED: Places = {
  ...{ mtime: '__i_mtime.tv_sec', mtimeNs: '__i_mtime.tv_nsec' },
  ...{ atime: '__i_atime.tv_sec', atimeNs: '__i_atime.tv_nsec' },
};
const PLAIN: Places = {
  ...{ mtime: 'i_mtime.tv_sec', mtimeNs: 'i_mtime.tv_nsec' },
  ...{ atime: 'i_atime.tv_sec', atimeNs: 'i_atime.tv_nsec' },
};

export const inodeTimes: Trait<Places> = {
  name: 'inode times',
  eras: [
    {
      name: 'seconds and nanoseconds apart',
      since: '6.11',
      commit: '3aa63a569c64',
      evidence: 'inode.i_mtime_sec',
      probe: hasMember('inode.i_mtime_sec'),
      reader: DISCRETE,
    },
    {
      name: 'timespec64, for accessors only',
      since: '6.7',
      commit: '12cd44023651',
      evidence: 'inode.__i_mtime',
      probe: hasMember('inode.__i_mtime'),
      reader: RENAMED,
    },
    {
      name: 'timespec64',
      since: '4.18',
      commit: null,
      evidence: 'inode.i_mtime',
      probe: hasMember('inode.i_mtime'),
      reader: PLAIN,
    },
  ],
};

export function readInodeTimes(kernel: Kernel, inode: Kva): FileTimes {
  const { mem } = kernel;
  const at = kernel.layout('inode', kernel.trait(inodeTimes));
  /** Nanoseconds are a u32, or a long whose upper half is zero. */
  const time = (seconds: number, rest: number) =>
    nanoseconds(mem.wideInt(inode, seconds), mem.u32(inode, rest));
  return { mtime: time(at.mtime, at.mtimeNs), atime: time(at.atime, at.atimeNs) };
}

/** Their digits one after the other, where that is the number: there are times by the thousand, and bigints are slow. */
function nanoseconds(seconds: Wide, rest: number): Wide {
  const sum = Number(seconds) * NS + rest;
  if (Number.isSafeInteger(sum)) return sum;
  if (typeof seconds === 'number' && seconds > 0 && rest < NS)
    return `${seconds}${String(rest).padStart(NS_DIGITS, '0')}` as Wide;
  return wide(BigInt(seconds) * BigInt(NS) + BigInt(rest));
}
