// Whom an open file description tells of input and output by a signal: struct fown_struct (include/linux/fs.h,
// fs/fcntl.c f_getown()).

import { type Kva, NULL } from '../../base/address.js';
import type { FileOwner } from '../../snapshot/files.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pidNumber } from '../tasks/ids.js';

const FILE = { owner: 'f_owner' } as const;
const OWNER = { pid: 'pid', type: 'pid_type', signal: 'signum' } as const;
/** enum pid_type. */
const KINDS: readonly (FileOwner['kind'] | undefined)[] = ['thread', 'process', 'group'];

/** Address of the fown_struct; NULL where there is none. */
export const fileOwner: Trait<(kernel: Kernel, file: Kva) => Kva> = {
  name: 'owner of an open file',
  eras: [
    {
      name: 'allocated when it is set',
      since: '6.12',
      commit: '1934b212615d',
      evidence: 'fown_struct.file',
      probe: hasMember('fown_struct.file'),
      reader: (kernel, file) => kernel.mem.ptr(file, kernel.layout('file', FILE).owner),
    },
    {
      name: 'within struct file',
      since: '2.6',
      commit: null,
      evidence: 'file.f_owner',
      probe: hasMember('file.f_owner'),
      reader: (kernel, file) => (file + kernel.layout('file', FILE).owner) as Kva,
    },
  ],
};

/** Null where nobody is told. */
export function readFileOwner(kernel: Kernel, file: Kva): FileOwner | null {
  const { mem } = kernel;
  const owner = kernel.trait(fileOwner)(kernel, file);
  if (owner === NULL) return null;
  const at = kernel.layout('fown_struct', OWNER);
  const [pid, kind] = [pidNumber(kernel, mem.ptr(owner, at.pid)), KINDS[mem.u32(owner, at.type)]];
  if (pid === 0) return null;
  if (kind === undefined) throw mem.fault('corrupt', 'an owner of no known kind', owner, at.type);
  return { kind, pid, signal: mem.i32(owner, at.signal) };
}
