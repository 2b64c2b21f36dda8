// What a file of the page cache is called, and which processes have it.
import type { Hex } from '../base/address.js';
import type { Dump } from '../parsers/dump.js';
import type { CachedFile } from '../snapshot/pagecache.js';
import { printable } from './render/units.js';

/** A process, and its descriptor; null where it only has the file mapped. */
export interface Holder {
  readonly pid: number;
  readonly fd: number | null;
}

export function cachedName({ paths, fsType, device, number }: CachedFile): string {
  const [path] = paths;
  if (path !== undefined) return printable(path);
  const numbers = `${device >>> 20}:${device & 0xfffff}`;
  return fsType === 'bdev' ? `block device ${numbers}` : `${fsType} ${numbers} inode ${number}`;
}

/** By struct inode: descriptors, and mappings of processes that have no descriptor of it. */
export function holdersByInode(dump: Dump): Map<Hex, Holder[]> {
  const found = new Map<Hex, Holder[]>();
  const add = (inode: Hex | null, holder: Holder) => {
    if (inode === null) return;
    const known = found.get(inode);
    if (known === undefined) found.set(inode, [holder]);
    else if (holder.fd !== null || !known.some(({ pid }) => pid === holder.pid)) known.push(holder);
  };
  for (const task of dump.tasks) {
    if (!task.leader || task.idle) continue;
    for (const { fd, file } of dump.files(task)) add(file.inodeAddress, { pid: task.pid, fd });
    for (const { file } of dump.vmas(task))
      if (file !== null) add(dump.openFile(file).inodeAddress, { pid: task.pid, fd: null });
  }
  return found;
}
