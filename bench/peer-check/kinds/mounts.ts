// Mount flags as the options that mountinfo prints (MNT_* in include/linux/mount.h, show_mnt_opts() in fs/proc_namespace.c).

const READ_ONLY = 0x40;
/** In the order of printing. */
const OPTIONS: readonly (readonly [number, string])[] = [
  [0x01, 'nosuid'],
  [0x02, 'nodev'],
  [0x04, 'noexec'],
  [0x08, 'noatime'],
  [0x10, 'nodiratime'],
  [0x20, 'relatime'],
  [0x80, 'nosymfollow'],
];

export function flagOptions(flags: number): string {
  const set = OPTIONS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return [flags & READ_ONLY ? 'ro' : 'rw', ...set].join(',');
}
