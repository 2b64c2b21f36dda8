// What is in a directory, as far as the cache of names has it; all of it for file systems that live there.

import type { Kva } from '../../base/address.js';
import { dentryLayout } from '../fs/dentry.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { forEachListEntry } from '../walks/list.js';
import type { Visit } from '../walks/visit.js';

const HLIST = { children: 'd_children', sibling: 'd_sib' } as const;
const LIST = { children: 'd_subdirs', sibling: 'd_child' } as const;

export const dentryChildren: Trait<(kernel: Kernel, dentry: Kva, visit: Visit) => void> = {
  name: 'children of a dentry',
  eras: [
    {
      name: 'hlist',
      since: '6.8',
      commit: 'da549bdd15c2',
      evidence: 'dentry.d_children',
      probe: hasMember('dentry.d_children'),
      reader: (kernel, dentry, visit) => {
        const at = kernel.layout('dentry', HLIST);
        forEachHlistEntry(kernel, (dentry + at.children) as Kva, at.sibling, visit);
      },
    },
    {
      name: 'list',
      since: '2.6',
      commit: null,
      evidence: 'dentry.d_subdirs',
      probe: hasMember('dentry.d_subdirs'),
      reader: (kernel, dentry, visit) => {
        const at = kernel.layout('dentry', LIST);
        forEachListEntry(kernel, (dentry + at.children) as Kva, at.sibling, visit);
      },
    },
  ],
};

/** Visits the names in a directory that are of something: no cursors of readers, no names known to be free. */
export function forEachChild(kernel: Kernel, dentry: Kva, visit: (child: Kva, inode: Kva) => void): void {
  const { inode } = dentryLayout(kernel);
  kernel.trait(dentryChildren)(kernel, dentry, (child) => {
    const target = kernel.mem.ptr(child, inode);
    if (target !== 0) visit(child, target);
  });
}
