// tmpfs that processes of the plan see: mounted again, with all that is in them (mm/shmem.c).

import type { Mount } from '../../../snapshot/files.js';
import type { TmpfsEntry, TmpfsTree } from '../../../snapshot/tmpfs.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { ENTRY_KIND, type EntryKind, type TmpfsEntry as Row } from '../../abi/records/storage.js';
import { planSharedMemory } from '../memory/shared-memory.js';
import type { Planning } from '../planning.js';
import { planTimes } from '../times.js';

/** devtmpfs is the kernel's to fill, and rootfs is under the root. */
const KINDS: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);
const ENTRIES: Partial<Readonly<Record<TmpfsEntry['type'], EntryKind>>> = {
  directory: ENTRY_KIND.directory,
  regular: ENTRY_KIND.regular,
  symlink: ENTRY_KIND.symlink,
  fifo: ENTRY_KIND.fifo,
  socket: ENTRY_KIND.socket,
  char: ENTRY_KIND.char,
  block: ENTRY_KIND.block,
};

export function planMounts(planning: Planning): void {
  const seen = mountsSeen(planning);
  for (const tree of planning.snapshot.tmpfs.filter(({ fsType }) => KINDS.has(fsType))) {
    const mount = seen.get(tree.device);
    if (mount !== undefined) planMount(planning, tree, mount);
  }
}

/** By dev_t: the first mount of each file system that a process of the plan sees, best one of the whole of it. */
function mountsSeen({ snapshot, index, pids }: Planning): Map<number, Mount> {
  const views = new Set(pids.map((pid) => index.processes.get(pid)?.mountView ?? null));
  const found = new Map<number, Mount>();
  for (const { mounts } of snapshot.mountViews.filter(({ id }) => views.has(id))) {
    for (const mount of mounts) {
      const device = mount.devMajor * 2 ** 20 + mount.devMinor;
      const known = found.get(device);
      if (known === undefined || (known.root !== '/' && mount.root === '/')) found.set(device, mount);
    }
  }
  return found;
}

function planMount(planning: Planning, tree: TmpfsTree, mount: Mount): void {
  planning.tables.mount.ref(tree.superBlock, (index) => {
    const entries = tree.entries.flatMap((entry) => entryRow(planning, entry));
    const lost = tree.entries.length - entries.length;
    const targets = tree.entries.filter(({ type, target }) => type === 'symlink' && target === null).length;
    const path = tree.mountPoint ?? mount.mountPoint;
    if (lost + targets > 0) {
      planning.refusals.add('tmpfs_entry', {
        reason: `${path}: ${lost + targets} of its entries could not be read`,
        kind: REFUSED_KIND.mount,
        object: index,
        processes: [],
      });
    }
    return { device: tree.device, path, options: mount.superOptions, entries };
  });
}

function entryRow(planning: Planning, entry: TmpfsEntry): Row[] {
  const kind = ENTRIES[entry.type];
  if (kind === undefined) return [];
  const { inode, number, mode, uid, gid, rdev, path, target, size, times } = entry;
  const filled = kind === ENTRY_KIND.regular && Number(size) > 0;
  const memory = filled ? planSharedMemory(planning, inode) : null;
  const status = { inode: BigInt(number), mode, uid, gid, rdev, times: planTimes(times) };
  return [{ kind, memory, ...status, path, target: target ?? '' }];
}
