// The path that a user knows a mapped file by: of a file on overlayfs, the one on the overlay, not that of the lower
// file which really backs it. Mirrors file_user_path of fs/file_table.c.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { type PathRef, readPath } from './path.js';

const FILE = { path: 'f_path', mode: 'f_mode' } as const;
const BACKING = { path: 'user_path' } as const;
/** FMODE_BACKING; it gave its old bit to FMODE_NONOTIFY, which any file may have. */
const BIT_24 = 0x100_0000;
const BIT_25 = 0x200_0000;

export const userPaths: Trait<(kernel: Kernel, file: Kva) => Kva> = {
  name: 'user path of a backing file',
  eras: [
    {
      name: 'beside the real one, by mode bit 24',
      since: '6.14',
      commit: null,
      // The helper that sets FMODE_NONOTIFY, by its two names; 6.12.y has it too.
      evidence: 'symbol fsnotify_open_perm_and_set_mode or file_set_fsnotify_mode',
      probe: (types, symbols) =>
        hasMember('backing_file.user_path')(types) &&
        SETTERS.some((name) => symbols.address(name) !== undefined),
      reader: (kernel, file) => besideReal(kernel, file, BIT_24),
    },
    {
      name: 'beside the real one, by mode bit 25',
      since: '6.7',
      commit: 'def3ae83da02',
      evidence: 'backing_file.user_path',
      probe: hasMember('backing_file.user_path'),
      reader: (kernel, file) => besideReal(kernel, file, BIT_25),
    },
    {
      name: 'in f_path',
      since: '3.18',
      commit: null,
      evidence: 'file.f_path',
      probe: hasMember('file.f_path'),
      reader: (kernel, file) => (file + kernel.layout('file', FILE).path) as Kva,
    },
  ],
};

const SETTERS = [
  'fsnotify_open_perm_and_set_mode',
  'file_set_fsnotify_mode_from_watchers',
  'file_set_fsnotify_mode',
];

function besideReal(kernel: Kernel, file: Kva, bit: number): Kva {
  const at = kernel.layout('file', FILE);
  const backs = (kernel.mem.u32(file, at.mode) & bit) !== 0;
  return (file + (backs ? kernel.layout('backing_file', BACKING).path : at.path)) as Kva;
}

/** What /proc/PID/maps shows for a VMA's struct file. */
export function userPath(kernel: Kernel, file: Kva): PathRef {
  return readPath(kernel, kernel.trait(userPaths)(kernel, file));
}
