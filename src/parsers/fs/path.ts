// Paths as /proc shows them: struct path to text. Mirrors fs/d_path.c.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { isUnlinked } from './dentry.js';
import { dynamicName } from './dynamic-name.js';
import { type PathEnd, PathWalker } from './path-walker.js';

/** struct path: where in which mount. */
export interface PathRef {
  /** struct vfsmount. */
  readonly mount: Kva;
  readonly dentry: Kva;
}

const PATH = { mount: 'mnt', dentry: 'dentry' } as const;
const VFSMOUNT = { root: 'mnt_root' } as const;
const FS_STRUCT = { root: 'root' } as const;
const TASK = { fs: 'fs' } as const;
const PID_NAMESPACE = { init: 'child_reaper' } as const;

/** Reads the struct path at an address. */
export function readPath(kernel: Kernel, at: Kva): PathRef {
  const member = kernel.layout('path', PATH);
  return { mount: kernel.mem.ptr(at, member.mount), dentry: kernel.mem.ptr(at, member.dentry) };
}

/** What readlink on a /proc/PID link to `path` gives a reader whose root is that of the first process (or `root`). */
export function pathOf(kernel: Kernel, path: PathRef, root?: PathRef): string {
  return linkOf(kernel, path, root).text;
}

export interface Link {
  readonly text: string;
  /** The kernel calls it deleted: removed from its directory, or never in one. */
  readonly deleted: boolean;
}

const UNREADABLE: Link = { text: '?', deleted: false };
const DELETED = ' (deleted)';

/** Never throws a fault: what could not be read stands as `?`, with a fault in the log. */
export function linkOf(kernel: Kernel, path: PathRef, root: PathRef = initialRoot(kernel)): Link {
  return kernel.faults.guard('path', () => readLink(kernel, path, root), UNREADABLE);
}

function readLink(kernel: Kernel, path: PathRef, root: PathRef): Link {
  const made = isMountRoot(kernel, path) ? null : dynamicName(kernel, path.dentry);
  if (made !== null) return { text: made, deleted: made.endsWith(DELETED) };
  const { text } = reach(kernel, path, root);
  const deleted = isUnlinked(kernel, path.dentry);
  return { text: deleted ? text + DELETED : text, deleted };
}

/** The path and how its walk towards `root` ended; what is not below `root` starts at its own mount tree's top. */
export function reach(
  kernel: Kernel,
  path: PathRef,
  root: PathRef,
): { readonly text: string; readonly end: PathEnd } {
  const { text, end } = walkerFor(kernel, root).resolve(path.mount, path.dentry);
  return { text: text === '' || end === 'escaped' ? '/' : text, end };
}

/** Mountable pseudo file systems name their root by where it is mounted. */
function isMountRoot(kernel: Kernel, path: PathRef): boolean {
  const at = kernel.layout('vfsmount', VFSMOUNT);
  return path.mount !== NULL && kernel.mem.ptr(path.mount, at.root) === path.dentry;
}

/** Walkers by the root's mount, then its dentry. */
const walkers = perKernel(() => new Map<Kva, Map<Kva, PathWalker>>());

function walkerFor(kernel: Kernel, root: PathRef): PathWalker {
  const known = walkers(kernel);
  let ofMount = known.get(root.mount);
  if (ofMount === undefined) known.set(root.mount, (ofMount = new Map()));
  let walker = ofMount.get(root.dentry);
  if (walker === undefined) {
    ofMount.set(root.dentry, (walker = new PathWalker(kernel, root.mount, root.dentry)));
  }
  return walker;
}

/** The root directory of the first process, or of the kernel threads where it is gone. */
export const initialRoot = perKernel((kernel): PathRef => {
  const readers = [() => rootOfInit(kernel), () => rootOfFs(kernel, kernel.symbol('init_fs'))];
  for (const read of readers) {
    const root = kernel.faults.guard('root directory', read, null);
    if (root !== null) return root;
  }
  return { mount: NULL, dentry: NULL };
});

function rootOfInit(kernel: Kernel): PathRef | null {
  const at = kernel.layout('pid_namespace', PID_NAMESPACE);
  const init = kernel.mem.ptr(kernel.symbol('init_pid_ns'), at.init);
  const fs = init === NULL ? NULL : kernel.mem.ptr(init, kernel.layout('task_struct', TASK).fs);
  return fs === NULL ? null : rootOfFs(kernel, fs);
}

/** fs_struct.root, with a fault where there is none. */
export function rootOfFs(kernel: Kernel, fs: Kva): PathRef {
  const at = kernel.layout('fs_struct', FS_STRUCT).root;
  const root = readPath(kernel, (fs + at) as Kva);
  if (root.dentry === NULL)
    throw new Fault('bad-pointer', 'the root directory is NULL', 'kernel', kernel.mem.hex(fs));
  return root;
}
