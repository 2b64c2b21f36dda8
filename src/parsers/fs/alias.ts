// The names of an inode: dentries on its list i_dentry (include/linux/dcache.h).

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import type { Visit } from '../walks/visit.js';

const INODE = { dentries: 'i_dentry' } as const;
const ALIAS = { alias: 'd_alias' } as const;
const NAMED_ALIAS = { alias: 'd_u.d_alias' } as const;
const MAX_NAMES = 1 << 16;

/** Where a dentry hangs on its inode's list. */
export const dentryAlias: Trait<(kernel: Kernel) => number> = {
  name: 'names of an inode',
  eras: [
    {
      name: 'd_alias',
      since: '7.1',
      commit: '2420067cecac',
      evidence: 'dentry.d_alias',
      probe: hasMember('dentry.d_alias'),
      reader: (kernel) => kernel.layout('dentry', ALIAS).alias,
    },
    {
      name: 'd_u.d_alias',
      since: '3.19',
      commit: null,
      evidence: 'dentry.d_u.d_alias',
      probe: hasMember('dentry.d_u.d_alias'),
      reader: (kernel) => kernel.layout('dentry', NAMED_ALIAS).alias,
    },
  ],
};

/** Visits the dentries of an inode that are in the cache of names. */
export function forEachAlias(kernel: Kernel, inode: Kva, visit: Visit): void {
  const head = (inode + kernel.layout('inode', INODE).dentries) as Kva;
  forEachHlistEntry(kernel, head, kernel.trait(dentryAlias)(kernel), visit, MAX_NAMES);
}
