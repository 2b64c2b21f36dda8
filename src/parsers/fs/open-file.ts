// Open file descriptions: struct file (include/linux/fs.h). Each is read once, so that one object stands for it
// wherever it is referred to.

import { type Kva, NULL } from '../../base/address.js';
import type { OpenFile } from '../../snapshot/files.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { fileReferences } from './file-references.js';
import { NO_INODE, readInode } from './inode.js';
import { linkOf, readPath } from './path.js';

const FILE = {
  path: 'f_path',
  inode: 'f_inode',
  flags: 'f_flags',
  position: 'f_pos',
  operations: 'f_op',
} as const;
const MOUNT = { vfs: 'mnt', id: 'mnt_id' } as const;

const files = perKernel(() => new Map<Kva, OpenFile>());

/** The description at a struct file's address. What cannot be read of it stands empty, with faults in the log. */
export function openFile(kernel: Kernel, file: Kva): OpenFile {
  const known = files(kernel);
  let found = known.get(file);
  if (found === undefined) known.set(file, (found = readFile(kernel, file)));
  return found;
}

function readFile(kernel: Kernel, file: Kva): OpenFile {
  const { mem } = kernel;
  const address = mem.hex(file);
  return kernel.faults.within(`file ${address}`, () => {
    const guard = <T>(name: string, read: () => T, otherwise: T) =>
      kernel.faults.guard(name, read, otherwise);
    const at = guard('struct file', () => kernel.layout('file', FILE), null);
    if (at === null || !guard('struct file', () => mem.u32(file, at.flags) >= 0, false)) {
      return unreadable(kernel, file);
    }
    const inode = guard('f_inode', () => mem.ptr(file, at.inode), NULL);
    const status = guard('inode', () => readInode(kernel, inode), NO_INODE);
    const place = guard('f_path', () => location(kernel, (file + at.path) as Kva), NOWHERE);
    return {
      address,
      path: place.path,
      mountId: place.mountId,
      deleted: place.deleted,
      type: status.type,
      mode: status.mode,
      device: status.device,
      rdev: status.rdev,
      size: status.size,
      times: status.times,
      links: status.links,
      fsType: status.fsType,
      inode: status.number,
      flags: mem.u32(file, at.flags),
      offset: guard('f_pos', () => mem.wideInt(file, at.position), 0),
      references: guard('references', () => kernel.trait(fileReferences)(kernel, file), 0),
      inodeAddress: inode === NULL ? null : mem.hex(inode),
      operations: guard('f_op', () => operations(kernel, mem.ptr(file, at.operations)), null),
    };
  });
}

const NOWHERE = { path: '?', mountId: -1, deleted: false };

function location(kernel: Kernel, at: Kva): typeof NOWHERE {
  const ref = readPath(kernel, at);
  const { text, deleted } = linkOf(kernel, ref);
  const mountId = kernel.faults.guard('mount', () => mountIdOf(kernel, ref.mount), NOWHERE.mountId);
  return { path: text, mountId, deleted };
}

function mountIdOf(kernel: Kernel, mount: Kva): number {
  const at = kernel.layout('mount', MOUNT);
  return kernel.mem.i32((mount - at.vfs) as Kva, at.id);
}

/** For a struct file of which not even the flags can be read: the descriptor is there, and that is all. */
function unreadable(kernel: Kernel, file: Kva): OpenFile {
  const { number, ...status } = NO_INODE;
  const rest = { flags: 0, offset: 0, references: 0, inodeAddress: null, operations: null };
  return { address: kernel.mem.hex(file), ...NOWHERE, ...status, inode: number, ...rest };
}

const tables = perKernel(() => new Map<Kva, string | null>());

/** Symbol of a file_operations table: there are few, for thousands of files. */
function operations(kernel: Kernel, address: Kva): string | null {
  const known = tables(kernel);
  let found = known.get(address);
  if (found === undefined) {
    const symbol = address === NULL ? undefined : kernel.symbols.nearest(address);
    found = symbol?.offset === 0 ? symbol.name : null;
    known.set(address, found);
  }
  return found;
}
