// Inodes without a file (fs/anon_inodes.c) that no other reader knows: by the operations of their files.

import type { ResourceName } from '../resources.js';
import { type Behind, type Opened, refused } from './behind.js';

const BY_OPERATIONS: readonly (readonly [RegExp, ResourceName, string])[] = [
  [/^kvm_/, 'kvm', 'a virtual machine is in the kernel alone'],
  [/^aio_ring_/, 'aio', 'it is the ring of an AIO context'],
  [/^(fs|mount)context_|^fscontext_/, 'mount_context', 'a mount was being made'],
  [/^ruleset_/, 'landlock_ruleset', 'a ruleset of Landlock can be made again by the process alone'],
  [/^seccomp_notify_/, 'seccomp_notify', 'it answers for the system calls of another process'],
  [/^(dma_buf|drm|sync_file)_/, 'device', "it is a buffer of a device's driver"],
];

export function planAnonymous({ file: { operations, type } }: Opened): Behind {
  const name = operations ?? '';
  const row = BY_OPERATIONS.find(([pattern]) => pattern.test(name));
  if (row !== undefined) return refused(row[1], row[2]);
  return refused(
    'unknown_file',
    `files of this kind (${type}, ${name || 'no operations known'}) are not planned`,
  );
}
