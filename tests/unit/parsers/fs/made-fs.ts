// File systems made up for the tests of this folder: super blocks, inodes, dentries, mounts and open files.

import type { Kva } from '../../../../src/base/address.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** Where members lie and which there are: the oldest and the newest kernel that are read. */
export type FsEra = '5.10' | '7.2';

const NULL = 0 as Kva;
/** Any address will do for the hash chain's back pointer of a dentry that is in its directory. */
const HASHED = -4096;

const DENTRY = {
  '5.10': {
    d_flags: 'u32',
    d_hash: 'hlist_bl_node',
    d_parent: 'ptr',
    d_name: 'qstr',
    d_inode: 'ptr',
    d_iname: 'char[32]',
    d_op: 'ptr',
    d_sb: 'ptr',
    d_fsdata: 'ptr',
  },
  '7.2': {
    d_flags: 'u32',
    d_hash: 'hlist_bl_node',
    d_parent: 'ptr',
    d_name: 'qstr',
    d_inode: 'ptr',
    d_shortname: 'char[40]',
    d_op: 'ptr',
    d_sb: 'ptr',
    d_time: 'u64',
    d_fsdata: 'ptr',
  },
} as const;

const FILE = {
  '5.10': {
    f_u: 'u64',
    f_path: 'path',
    f_inode: 'ptr',
    f_op: 'ptr',
    f_count: 'i64',
    f_flags: 'u32',
    f_mode: 'u32',
    f_pos: 'i64',
  },
  '7.2': {
    f_mode: 'u32',
    f_op: 'ptr',
    f_inode: 'ptr',
    f_flags: 'u32',
    f_path: 'path',
    f_pos: 'i64',
    f_ref: 'file_ref',
  },
} as const;

const MOUNT_START = {
  mnt_parent: 'ptr',
  mnt_mountpoint: 'ptr',
  mnt: 'vfsmount',
  mnt_devname: 'ptr',
} as const;
const MOUNT_END = {
  mnt_share: 'list_head',
  mnt_master: 'ptr',
  mnt_ns: 'ptr',
  mnt_id: 'i32',
  mnt_group_id: 'i32',
} as const;

const INODE_TIMES = {
  '5.10': { i_atime: 'timespec64', i_mtime: 'timespec64' },
  '7.2': { i_atime_sec: 'i64', i_mtime_sec: 'i64', i_atime_nsec: 'u32', i_mtime_nsec: 'u32' },
} as const;

export class MadeFs extends SyntheticKernel {
  readonly rootDentry: Kva;
  /** struct mount of the root file system. */
  readonly rootMount: Kva;
  readonly block: Kva;
  /** &nop_mnt_idmap. */
  private readonly noIdmap: Kva;

  constructor(readonly era: FsEra) {
    super();
    this.declare();
    this.symbol('nop_mnt_idmap', (this.noIdmap = this.alloc(8)));
    this.block = this.superBlock('ext4', (254 << 20) | 3);
    this.rootDentry = this.dentry(null, '/');
    this.rootMount = this.mount(1, this.rootDentry);
    const fs = this.make('fs_struct', {
      'root.mnt': this.vfs(this.rootMount),
      'root.dentry': this.rootDentry,
    });
    this.symbol('init_fs', fs);
    this.symbol(
      'init_pid_ns',
      this.make('pid_namespace', { child_reaper: this.make('task_struct', { fs }) }),
    );
  }

  superBlock(type: string, device: number): Kva {
    const name = this.string(type);
    const options = this.make('super_operations');
    return this.make('super_block', {
      s_dev: device,
      s_type: this.make('file_system_type', { name }),
      s_op: options,
    });
  }

  inode(number: number, mode = 0o100644, block = this.block): Kva {
    return this.make('inode', { i_mode: mode, i_sb: block, i_ino: number, i_nlink: 1 });
  }

  /** A dentry in its parent's directory; without a parent, the root of a tree. */
  dentry(parent: Kva | null, name: string, inode: Kva = NULL, operations: Kva = NULL): Kva {
    const made = this.make('dentry', {
      'd_name.len': new TextEncoder().encode(name).length,
      'd_name.name': this.string(name),
      'd_hash.pprev': parent === null ? 0 : HASHED,
      d_inode: inode,
      d_op: operations,
      d_sb: this.block,
    });
    this.set(made, 'dentry.d_parent', parent ?? made);
    return made;
  }

  unhash(dentry: Kva): void {
    this.set(dentry, 'dentry.d_hash.pprev', 0);
  }

  /** A mount of the tree below `root`; at `point` in the mount `parent`, or at the top of a tree of its own. */
  mount(id: number, root: Kva, parent: Kva | null = null, point: Kva = root, block = this.block): Kva {
    const made = this.make('mount', {
      'mnt.mnt_root': root,
      'mnt.mnt_sb': block,
      mnt_mountpoint: point,
      mnt_id: id,
      mnt_devname: this.string('/dev/vda'),
    });
    this.set(made, 'mount.mnt_parent', parent ?? made);
    this.list((made + this.offset('mount.mnt_share')) as Kva, []);
    if (this.era === '7.2') this.set(made, 'mount.mnt.mnt_idmap', this.noIdmap);
    return made;
  }

  /** &mount->mnt. */
  vfs(mount: Kva): Kva {
    return (mount + this.offset('mount.mnt')) as Kva;
  }

  path(mount: Kva, dentry: Kva) {
    return { mount: this.vfs(mount), dentry };
  }

  file(dentry: Kva, inode: Kva, values: Readonly<Record<string, number | bigint>> = {}): Kva {
    return this.make('file', {
      'f_path.mnt': this.vfs(this.rootMount),
      'f_path.dentry': dentry,
      f_inode: inode,
      ...values,
    });
  }

  /** dentry_operations whose d_dname is the function of this name. */
  naming(name: string): Kva {
    const code = this.alloc(16);
    this.symbol(name, code);
    return this.make('dentry_operations', { d_dname: code });
  }

  string(text: string): Kva {
    const at = this.alloc(text.length * 4 + 1);
    this.text(at, text);
    return at;
  }

  offset(path: string): number {
    const member = this.types.member(path);
    if (member === undefined) throw new Error(`declare ${path} first`);
    return member.offset;
  }

  private declare(): void {
    this.declareTrees();
    this.declareFiles();
    this.declareMounts();
  }

  private declareMounts(): void {
    const splits =
      this.era === '7.2' ? { mnt_node: 'rb_node', mnt_t_flags: 'i32' } : { mnt_list: 'list_head' };
    const idmap: Record<string, string> = this.era === '7.2' ? { mnt_idmap: 'ptr' } : {};
    this.types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
      .struct('rb_root', { rb_node: 'ptr' })
      .struct('vfsmount', { mnt_root: 'ptr', mnt_sb: 'ptr', mnt_flags: 'i32', ...idmap })
      .struct('mount', { ...MOUNT_START, ...splits, ...MOUNT_END })
      .struct(
        'mnt_namespace',
        this.era === '7.2' ? { ns: 'ptr', mounts: 'rb_root' } : { ns: 'ptr', list: 'list_head' },
      )
      .struct('nsproxy', { mnt_ns: 'ptr' })
      .struct('pid_namespace', { level: 'u32', child_reaper: 'ptr' })
      .struct('fs_struct', { users: 'i32', root: 'path', pwd: 'path' })
      .struct('mm_struct', { exe_file: 'ptr' })
      .struct('task_struct', { flags: 'u32', fs: 'ptr', mm: 'ptr', nsproxy: 'ptr' });
  }

  private declareTrees(): void {
    this.types
      .struct('quota_info', { flags: 'u32' })
      .struct('hlist_bl_node', { next: 'ptr', pprev: 'ptr' })
      .struct('qstr', { hash: 'u32', len: 'u32', name: 'ptr' })
      .struct('dentry', DENTRY[this.era])
      .struct('dentry_operations', { d_revalidate: 'ptr', d_dname: 'ptr' })
      .struct('path', { mnt: 'ptr', dentry: 'ptr' })
      .struct('super_operations', { show_options: 'ptr' })
      .struct('super_block', {
        s_dev: 'u32',
        s_type: 'ptr',
        s_op: 'ptr',
        s_flags: 'u64',
        s_fs_info: 'ptr',
        s_subtype: 'ptr',
        s_dquot: 'quota_info',
      })
      .struct('file_system_type', { name: 'ptr' })
      .struct('timespec64', { tv_sec: 'i64', tv_nsec: 'i64' })
      .struct('inode', {
        i_mode: 'u16',
        i_sb: 'ptr',
        i_ino: 'u64',
        i_nlink: 'u32',
        i_rdev: 'u32',
        i_size: 'i64',
        ...INODE_TIMES[this.era],
        i_private: 'ptr',
      });
  }

  private declareFiles(): void {
    this.types
      .struct('file_ref', { refcnt: 'i64' })
      .struct('file', FILE[this.era])
      .struct('fdtable', { max_fds: 'u32', fd: 'ptr', close_on_exec: 'ptr', open_fds: 'ptr' })
      .struct('files_struct', { count: 'u32', fdt: 'ptr' })
      .struct('ns_common', { inum: 'u32', ops: 'ptr' })
      .struct('proc_ns_operations', { name: 'ptr' })
      .struct('dma_buf', { size: 'u64', name: 'ptr' });
  }
}
