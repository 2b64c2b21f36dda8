// What System V objects have in common: struct ipc_ids and struct kern_ipc_perm (ipc/util.c).

import type { Kva } from '../../base/address.js';
import type { IpcPermissions } from '../../snapshot/ipc.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachIdrEntry } from '../walks/idr.js';

const NAMESPACE = { ids: 'ids' } as const;
const IDS = { tree: 'ipcs_idr' } as const;
const PERM = {
  deleted: 'deleted',
  id: 'id',
  key: 'key',
  uid: 'uid',
  gid: 'gid',
  creatorUid: 'cuid',
  creatorGid: 'cgid',
  mode: 'mode',
} as const;

/** IPC_SEM_IDS and so on: the place in ipc_namespace.ids[]. */
export const IPC = { sem: 0, msg: 1, shm: 2 } as const;
/** IPCMNI_EXTEND: identifiers of 24 bits. */
const MAX_OBJECTS = 1 << 24;

/** Reads each object of a kind, in the order of its index; `struct perm` comes first in all of them. */
export function readObjects<T>(
  kernel: Kernel,
  namespace: Kva,
  kind: number,
  read: (object: Kva) => T,
): readonly T[] {
  const { ids } = kernel.layout('ipc_namespace', NAMESPACE);
  const { tree } = kernel.layout('ipc_ids', IDS);
  const perm = kernel.layout('kern_ipc_perm', PERM);
  const found: T[] = [];
  const take = (_index: number, object: Kva) => {
    if (kernel.mem.u8(object, perm.deleted) === 0) found.push(read(object));
  };
  const idr = namespace + ids + kind * kernel.sizeOf('ipc_ids') + tree;
  forEachIdrEntry(kernel, idr as Kva, take, MAX_OBJECTS);
  return found;
}

export function permissions(kernel: Kernel, object: Kva): Omit<IpcPermissions, 'changed'> {
  const { mem } = kernel;
  const at = kernel.layout('kern_ipc_perm', PERM);
  return {
    address: mem.hex(object),
    id: mem.i32(object, at.id),
    key: mem.i32(object, at.key),
    mode: mem.u16(object, at.mode),
    uid: mem.u32(object, at.uid),
    gid: mem.u32(object, at.gid),
    creatorUid: mem.u32(object, at.creatorUid),
    creatorGid: mem.u32(object, at.creatorGid),
  };
}
