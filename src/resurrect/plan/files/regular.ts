// Files and directories. What survives on disk is opened again by its path; what has no name any more is made again from
// its pages, if memory has them all.

import { PAGE_BYTES } from '../../abi/page-run.js';
import { FILE_KIND } from '../../abi/records/files.js';
import { planSharedMemory } from '../memory/shared-memory.js';
import { type Behind, type Opened, refused, refuseFile } from './behind.js';
import { cachedPages } from './cached-pages.js';
import { FILE_SYSTEMS } from './file-systems.js';
import { planInode, unreachable } from './inode.js';
import { planNamespaceFile, planProcFile } from './proc.js';

export function planDirectory(opened: Opened): Behind {
  const { planning, file } = opened;
  if (FILE_SYSTEMS.made.has(file.fsType)) return planProcFile(opened, FILE_KIND.directory);
  return unreachable(opened) ?? { kind: FILE_KIND.directory, target: planInode(planning, file) };
}

export function planRegular(opened: Opened): Behind {
  const { planning, file } = opened;
  const { fsType } = file;
  if (fsType === 'nsfs') return planNamespaceFile(opened);
  if (fsType === 'secretmem') return refused('secret_memory', 'its pages are hidden from the kernel itself');
  if (FILE_SYSTEMS.made.has(fsType)) return planProcFile(opened, FILE_KIND.proc);
  if (FILE_SYSTEMS.memory.has(fsType)) return planMemoryFile(opened);
  if (FILE_SYSTEMS.served(fsType))
    return refused('fuse', 'a process serves its file system, and may be one that the plan restores');
  if (file.deleted) return planDeleted(opened);
  return unreachable(opened) ?? { kind: FILE_KIND.regular, target: planInode(planning, file) };
}

function planMemoryFile({ planning, file }: Opened): Behind {
  const target = file.inodeAddress === null ? null : planSharedMemory(planning, file.inodeAddress);
  if (target === null) return refused('shared_memory_file', 'what is in it could not be told');
  return { kind: FILE_KIND.shared_memory, target };
}

/** Blocks of a file without a name are freed when its file system is mounted next: memory must have all of it. */
function planDeleted(opened: Opened): Behind {
  const { planning, file } = opened;
  const cached = file.inodeAddress === null ? undefined : planning.index.pageCache.get(file.inodeAddress);
  const [other] = cached?.deleted === false && file.links > 0 ? cached.paths : [];
  if (other !== undefined) return { kind: FILE_KIND.regular, target: planInode(planning, file, other) };
  const missing = Math.ceil(Number(file.size) / PAGE_BYTES) - cachedPages(planning, cached, false).pages;
  if (missing > 0) {
    const why = `it is deleted, and ${missing} of its pages are on disk alone, where nothing keeps them`;
    refuseFile(opened, refused('deleted_file', why));
  }
  return { kind: FILE_KIND.regular, target: planInode(planning, file, file.path, true) };
}
