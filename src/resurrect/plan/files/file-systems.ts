// What becomes of files by the type of their file system.

export const FILE_SYSTEMS = {
  /** The kernel makes up what is in them. */
  made: new Set([
    ...[
      'proc',
      'sysfs',
      'cgroup',
      'cgroup2',
      'debugfs',
      'tracefs',
      'securityfs',
      'configfs',
      'bpf',
      'fusectl',
    ],
    ...['efivarfs', 'pstore', 'binfmt_misc', 'selinuxfs', 'smackfs', 'resctrl', 'rpc_pipefs', 'nfsd'],
  ]) as ReadonlySet<string>,
  /** In memory and nowhere else. */
  memory: new Set(['tmpfs', 'devtmpfs', 'ramfs', 'rootfs', 'hugetlbfs']) as ReadonlySet<string>,
  /** A process answers for them. */
  served: (type: string): boolean => /^(fuse|fuseblk|autofs)(\.|$)/.test(type),
} as const;
