// How a mark knows what it is on, and what its flags mean: struct fsnotify_mark_connector (include/linux/fsnotify_backend.h).

import { type Kva, NULL } from '../../base/address.js';
import type { FsnotifyWatch } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

type Target = FsnotifyWatch['target'];

const CONNECTOR = { type: 'type', object: 'obj' } as const;
const TARGETS: readonly (readonly [enumerator: string, Target, struct: string, member: string])[] = [
  ['FSNOTIFY_OBJ_TYPE_INODE', 'inode', 'inode', 'i_fsnotify_marks'],
  ['FSNOTIFY_OBJ_TYPE_VFSMOUNT', 'mount', 'mount', 'mnt_fsnotify_marks'],
  ['FSNOTIFY_OBJ_TYPE_SB', 'filesystem', 'super_block', 's_fsnotify_marks'],
  ['FSNOTIFY_OBJ_TYPE_MNTNS', 'mount namespace', 'mnt_namespace', 'n_fsnotify_marks'],
];

/** From connector.obj to the object: `member` of `struct` is where the object has its connector. */
export const connectorObject: Trait<(kernel: Kernel, pointer: Kva, struct: string, member: string) => Kva> = {
  name: 'object of a watch',
  eras: [
    {
      name: 'the object; a mount by its vfsmount',
      since: '6.10',
      commit: '07a3b8d0bf72',
      evidence: 'super_block.s_fsnotify_info',
      probe: hasMember('super_block.s_fsnotify_info'),
      reader: (kernel, pointer, struct) =>
        struct === 'mount' ? ((pointer - need(kernel, 'mount.mnt')) as Kva) : pointer,
    },
    {
      name: 'where the object points back',
      since: '4.12',
      commit: null,
      evidence: 'fsnotify_mark_connector.obj',
      probe: hasMember('fsnotify_mark_connector.obj'),
      reader: (kernel, pointer, struct, member) => (pointer - need(kernel, `${struct}.${member}`)) as Kva,
    },
  ],
};

function need(kernel: Kernel, path: string): number {
  return kernel.types.member(path)?.offset ?? 0;
}

export function markObject(kernel: Kernel, connector: Kva): { target: Target; object: Kva } {
  const at = kernel.layout('fsnotify_mark_connector', CONNECTOR);
  const type = kernel.mem.u8(connector, at.type);
  const pointer = kernel.mem.ptr(connector, at.object);
  const known = TARGETS.find(([enumerator]) => kernel.types.enumerator(enumerator) === type);
  if (known === undefined || pointer === NULL) return { target: 'unknown', object: pointer };
  const [, target, struct, member] = known;
  return { target, object: kernel.trait(connectorObject)(kernel, pointer, struct, member) };
}

/** IN_EXCL_UNLINK and IN_ONESHOT, kept with the flags; and FAN_MARK_* as fdinfo tells them. */
interface MarkFlags {
  readonly inotify: number;
  readonly fanotify: number;
}

const IN = { exclUnlink: 0x0400_0000, oneShot: 0x8000_0000 } as const;
const FAN_MARK = { survModify: 0x40, evictable: 0x200, ignore: 0x400 } as const;

export const markFlags: Trait<(flags: number) => MarkFlags> = {
  name: 'flags of a watch',
  eras: [
    {
      name: 'of inotify and fanotify apart',
      since: '5.19',
      commit: '867a448d587e',
      evidence: 'fsnotify_group.flags',
      probe: hasMember('fsnotify_group.flags'),
      reader: (flags) => ({
        inotify: ((flags & 0x10 ? IN.exclUnlink : 0) | (flags & 0x20 ? IN.oneShot : 0)) >>> 0,
        fanotify:
          (flags & 0x100 ? FAN_MARK.survModify : 0) |
          (flags & 0x200 ? FAN_MARK.evictable : 0) |
          (flags & 0x400 ? FAN_MARK.ignore : 0),
      }),
    },
    {
      name: 'one for fanotify',
      since: '2.6',
      commit: null,
      evidence: 'fsnotify_mark.flags',
      probe: hasMember('fsnotify_mark.flags'),
      reader: (flags) => ({ inotify: 0, fanotify: flags & 1 ? FAN_MARK.survModify : 0 }),
    },
  ],
};
