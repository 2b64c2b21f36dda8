// File systems whose options are little more than the mode of their root: bpf, debugfs, tracefs, ramfs; and
// pstore, whose one option is a variable.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { chosen, type DriverOptions, driverInfo, octal } from './options.js';

const SUPER_BLOCK = { root: 's_root' } as const;
const DENTRY = { inode: 'd_inode' } as const;
const INODE = { mode: 'i_mode', uid: 'i_uid', gid: 'i_gid' } as const;
const RAMFS = { mode: 'mount_opts.mode' } as const;
/** All members but the mode came later: 6.8 and 6.9. */
const BPF = {
  owner: 'uid?',
  commands: 'delegate_cmds?',
  maps: 'delegate_maps?',
  programs: 'delegate_progs?',
  attachments: 'delegate_attachs?',
} as const;
const RAMFS_MODE = 0o755;
const BPF_MODE = 0o777;
const DEBUGFS_MODE = 0o700;
/** CONFIG_PSTORE_DEFAULT_KMSG_BYTES, as everybody leaves it. */
const PSTORE_BYTES = 10240;

/** ramfs_show_options of fs/ramfs/inode.c. */
export function ramfsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const mode = kernel.mem.u16(driverInfo(kernel, block), kernel.layout('ramfs_fs_info', RAMFS).mode);
  return { options: chosen([[mode !== RAMFS_MODE, `mode=${octal(mode)}`]]), complete: true };
}

/** bpf_show_options of kernel/bpf/inode.c; what may be delegated to user namespaces is not spelt out. */
export function bpfOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mode, uid, gid } = rootStatus(kernel, block);
  const plain = mode & 0o6777;
  const { owner, ...delegated } = kernel.layout('bpf_mount_opts', BPF);
  const options = chosen([
    [owner !== undefined && uid !== 0, `uid=${uid}`],
    [owner !== undefined && gid !== 0, `gid=${gid}`],
    [plain !== BPF_MODE, `mode=${octal(plain)}`],
  ]);
  const complete = Object.values(delegated).every(
    (offset) => offset === undefined || kernel.mem.u64(driverInfo(kernel, block), offset) === 0n,
  );
  return { options, complete };
}

/** pstore_show_options of fs/pstore/inode.c. */
export function pstoreOptions(kernel: Kernel): DriverOptions {
  const bytes = kernel.mem.nat(kernel.symbol('kmsg_bytes'));
  return { options: chosen([[bytes !== PSTORE_BYTES, `kmsg_bytes=${bytes}`]]), complete: true };
}

/** debugfs_show_options and tracefs_show_options; the options were put on the root's inode. */
export function debugfsOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mode, uid, gid } = rootStatus(kernel, block);
  const plain = mode & 0o7777;
  const options = chosen([
    [uid !== 0, `uid=${uid}`],
    [gid !== 0, `gid=${gid}`],
    [plain !== DEBUGFS_MODE, `mode=${octal(plain)}`],
  ]);
  return { options, complete: true };
}

function rootStatus(kernel: Kernel, block: Kva) {
  const { mem } = kernel;
  const dentry = mem.ptr(block, kernel.layout('super_block', SUPER_BLOCK).root);
  const inode = mem.ptr(dentry, kernel.layout('dentry', DENTRY).inode);
  const at = kernel.layout('inode', INODE);
  return { mode: mem.u16(inode, at.mode), uid: mem.u32(inode, at.uid), gid: mem.u32(inode, at.gid) };
}
