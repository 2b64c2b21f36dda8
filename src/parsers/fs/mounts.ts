// The mounts that a task sees, as /proc/PID/mountinfo lists them. Mirrors fs/proc_namespace.c and fs/namespace.c.

import { type Kva, NULL } from '../../base/address.js';
import type { Mount } from '../../snapshot/files.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { namespaceMounts } from './mount-namespace.js';
import { mountId, mountLayout, mountRoot } from './mount-node.js';
import { mountOptions } from './mount-options.js';
import { propagation } from './mount-propagation.js';
import { type PathRef, reach, rootOfFs } from './path.js';
import { superBlock } from './super-block.js';
import { treePath } from './tree-path.js';

const TASK = { namespaces: 'nsproxy', fs: 'fs' } as const;
const NAMESPACES = { mount: 'mnt_ns' } as const;

/** Mounts of the task's namespace that lie below its root directory; none for a task that is past its end. */
export function readMounts(kernel: Kernel, task: Kva): readonly Mount[] {
  return kernel.faults.guard('mounts', () => mountsOfTask(kernel, task), []);
}

function mountsOfTask(kernel: Kernel, task: Kva): readonly Mount[] {
  const at = kernel.layout('task_struct', TASK);
  const namespaces = kernel.mem.ptr(task, at.namespaces);
  const fs = kernel.mem.ptr(task, at.fs);
  if (namespaces === NULL || fs === NULL) return [];
  const namespace = kernel.mem.ptr(namespaces, kernel.layout('nsproxy', NAMESPACES).mount);
  return readNamespace(kernel, namespace, rootOfFs(kernel, fs));
}

interface View {
  readonly root: PathRef;
  readonly mounts: readonly Mount[];
}

/** Most tasks share one namespace and one root. */
const views = perKernel(() => new Map<Kva, View[]>());

/** The mounts of a struct mnt_namespace that a reader with this root sees, in mountinfo's order. */
export function readNamespace(kernel: Kernel, namespace: Kva, root: PathRef): readonly Mount[] {
  const known = views(kernel);
  let ofNamespace = known.get(namespace);
  if (ofNamespace === undefined) known.set(namespace, (ofNamespace = []));
  let view = ofNamespace.find((each) => each.root.mount === root.mount && each.root.dentry === root.dentry);
  if (view === undefined) {
    view = { root, mounts: walkNamespace(kernel, namespace, root) };
    ofNamespace.push(view);
  }
  return view.mounts;
}

function walkNamespace(kernel: Kernel, namespace: Kva, root: PathRef): readonly Mount[] {
  const out: Mount[] = [];
  const visit = (mount: Kva) => {
    const name = `mount ${kernel.mem.hex(mount)}`;
    const read = kernel.faults.guard(name, () => readMount(kernel, mount, root), null);
    if (read !== null) out.push(read);
  };
  kernel.faults.within('mount namespace', () => kernel.trait(namespaceMounts)(kernel, namespace, visit));
  return out;
}

/** Null where the mount is out of the reader's sight. */
function readMount(kernel: Kernel, mount: Kva, root: PathRef): Mount | null {
  const { mem, faults } = kernel;
  const top = mountRoot(kernel, mount);
  const point = reach(kernel, top, root);
  if (point.end === 'top' || point.end === 'escaped') return null;
  const at = mountLayout(kernel);
  const block = superBlock(kernel, mem.ptr(mount, at.superBlock));
  return {
    id: mountId(kernel, mount),
    parentId: faults.guard('parent', () => mountId(kernel, mem.ptr(mount, at.parent)), -1),
    devMajor: block.device >>> 20,
    devMinor: block.device & 0xfffff,
    root: faults.guard('root', () => treePath(kernel, top.dentry), '?'),
    mountPoint: point.text,
    options: mountOptions(kernel, mount),
    optional: faults.guard('propagation', () => propagation(kernel, mount, root), []),
    fsType: block.type,
    source: faults.guard('source', () => source(kernel, mem.ptr(mount, at.device)), '?'),
    hashEscaped: kernel.trait(hashEscape),
    superOptions: block.options,
    superOptionsComplete: block.complete,
    address: mem.hex(mount),
  };
}

function source(kernel: Kernel, name: Kva): string {
  return name === NULL ? 'none' : kernel.mem.cstr(name);
}

/** Nothing in memory shows which characters a function escapes: the evidence is a neighbour from the same release. */
export const hashEscape: Trait<boolean> = {
  name: 'escape of # in mountinfo',
  eras: [
    {
      name: 'escaped',
      since: '6.0',
      commit: 'ed5fce76b5ea',
      evidence: 'address_space_operations.migrate_folio',
      probe: hasMember('address_space_operations.migrate_folio'),
      reader: true,
    },
    {
      name: 'plain',
      since: '2.6',
      commit: null,
      evidence: 'no address_space_operations.migrate_folio',
      probe: () => true,
      reader: false,
    },
  ],
};
