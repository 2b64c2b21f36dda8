// The path of a directory within its own file system: the fourth field of mountinfo.
// Mirrors dentry_path of fs/d_path.c; for namespaces nsfs_show_path of fs/nsfs.c; for control groups
// kernfs_path_from_node of fs/kernfs/dir.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { dentryLayout, dentryName, isUnlinked } from './dentry.js';
import { dynamicName } from './dynamic-name.js';
import { fileSystem } from './inode.js';

const MAX_NAMES = 2048;
const INODE = { private: 'i_private' } as const;
const NODE = { name: 'name' } as const;

export function treePath(kernel: Kernel, dentry: Kva): string {
  const { name } = fileSystem(kernel, kernel.mem.ptr(dentry, dentryLayout(kernel).superBlock));
  if (name === 'nsfs') return dynamicName(kernel, dentry) ?? '?';
  if (name === 'cgroup' || name === 'cgroup2') return groupPath(kernel, dentry);
  const names: string[] = [];
  for (let here = dentry; names.length < MAX_NAMES; ) {
    const parent = kernel.mem.ptr(here, dentryLayout(kernel).parent);
    if (parent === here)
      return `/${names.reverse().join('/')}${isUnlinked(kernel, dentry) ? '//deleted' : ''}`;
    names.push(dentryName(kernel, here));
    here = parent;
  }
  throw kernel.mem.fault('loop', 'the parents of a dentry lead nowhere', dentry);
}

/** From the root of the whole hierarchy, which need not be where the file system's own tree starts. */
function groupPath(kernel: Kernel, dentry: Kva): string {
  const inode = kernel.mem.ptr(dentry, dentryLayout(kernel).inode);
  return nodePath(kernel, kernel.mem.ptr(inode, kernel.layout('inode', INODE).private));
}

/** Path of a struct kernfs_node from the root of its tree. */
export function nodePath(kernel: Kernel, from: Kva): string {
  const names: string[] = [];
  for (let node = from; names.length < MAX_NAMES; ) {
    const parent = kernel.trait(nodeParent)(kernel, node);
    if (parent === NULL) return `/${names.reverse().join('/')}`;
    names.push(nodeName(kernel, node));
    node = parent;
  }
  throw kernel.mem.fault('loop', 'the parents of a control group lead nowhere', from);
}

export function nodeName(kernel: Kernel, node: Kva): string {
  return kernel.mem.cstr(kernel.mem.ptr(node, kernel.layout('kernfs_node', NODE).name));
}

const RCU_PARENT = { parent: '__parent' } as const;
const PARENT = { parent: 'parent' } as const;

export const nodeParent: Trait<(kernel: Kernel, node: Kva) => Kva> = {
  name: 'kernfs parents',
  eras: [
    {
      name: 'read under RCU',
      since: '6.15',
      commit: '633488947ef6',
      evidence: 'kernfs_node.__parent',
      probe: hasMember('kernfs_node.__parent'),
      reader: (kernel, node) => kernel.mem.ptr(node, kernel.layout('kernfs_node', RCU_PARENT).parent),
    },
    {
      name: 'plain',
      since: '3.14',
      commit: null,
      evidence: 'kernfs_node.parent',
      probe: hasMember('kernfs_node.parent'),
      reader: (kernel, node) => kernel.mem.ptr(node, kernel.layout('kernfs_node', PARENT).parent),
    },
  ],
};
