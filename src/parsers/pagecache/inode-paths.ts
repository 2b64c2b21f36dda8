// Paths of an inode: its cached names, each below a mount of its file system that the first process sees.

import { type Kva, NULL } from '../../base/address.js';
import { forEachAlias } from '../fs/alias.js';
import { dentryLayout, isUnlinked } from '../fs/dentry.js';
import { dynamicName } from '../fs/dynamic-name.js';
import { namespaceMounts } from '../fs/mount-namespace.js';
import { mountLayout, mountOf, mountRoot } from '../fs/mount-node.js';
import { initialRoot, type Link, linkOf, type PathRef } from '../fs/path.js';
import { treePath } from '../fs/tree-path.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

const MAX_DEPTH = 2048;

/** The cached names of an inode. Of a file system that is not mounted there, the path starts at its own root. */
export function inodePaths(kernel: Kernel, inode: Kva, superBlock: Kva): readonly Link[] {
  const found: Link[] = [];
  forEachAlias(kernel, inode, (dentry) => {
    found.push(linkTo(kernel, dentry, superBlock));
  });
  return found;
}

/** The path of a dentry of a super block. */
export function linkTo(kernel: Kernel, dentry: Kva, superBlock: Kva): Link {
  const mount = mountAbove(kernel, dentry, superBlock);
  if (mount !== undefined) return linkOf(kernel, { mount: mount.mount, dentry });
  const made = dynamicName(kernel, dentry);
  if (made !== null) return { text: made, deleted: true };
  const deleted = isUnlinked(kernel, dentry);
  return { text: treePath(kernel, dentry).replace(/\/\/deleted$/, ' (deleted)'), deleted };
}

/** Where the first process has a super block's root mounted; null where it does not see it. */
export function mountPointOf(kernel: Kernel, root: Kva, superBlock: Kva): string | null {
  const mount = mountsBySuper(kernel)
    .get(superBlock)
    ?.find(({ dentry }) => dentry === root);
  return mount === undefined ? null : linkOf(kernel, mount).text;
}

/** Root directories of the mounts of each super block, the initial namespace's, in the order of mountinfo. */
const mountsBySuper = perKernel((kernel) => {
  const found = new Map<Kva, PathRef[]>();
  const at = mountLayout(kernel);
  const visit = (mount: Kva) => {
    const block = kernel.mem.ptr(mount, at.superBlock);
    const known = found.get(block);
    const root = mountRoot(kernel, mount);
    if (known === undefined) found.set(block, [root]);
    else known.push(root);
  };
  const { mount } = initialRoot(kernel);
  const namespace = mount === NULL ? NULL : kernel.mem.ptr(mountOf(kernel, mount), at.namespace);
  if (namespace !== NULL) kernel.trait(namespaceMounts)(kernel, namespace, visit);
  return found;
});

/** The first mount whose root directory is the dentry or above it. */
function mountAbove(kernel: Kernel, dentry: Kva, superBlock: Kva): PathRef | undefined {
  const mounts = mountsBySuper(kernel).get(superBlock) ?? [];
  if (mounts.length === 0) return undefined;
  const { parent } = dentryLayout(kernel);
  const above = new Set<Kva>();
  for (let here = dentry; !above.has(here) && above.size < MAX_DEPTH; here = kernel.mem.ptr(here, parent))
    above.add(here);
  return mounts.find(({ dentry: root }) => above.has(root));
}
