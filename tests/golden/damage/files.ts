// Open files: tables of descriptors, files, dentries, mounts.

import type { Hex } from '../../../src/base/address.js';
import { mountsOf } from '../../../src/parsers/parts/mounts.js';
import type { Surgeon } from '../../unit/helpers/surgeon.js';
import { type Damage, NOT_CANONICAL, VICTIM, WILD } from './damage.js';

function firstFile(on: Surgeon): { file: Hex; dentry: bigint } {
  const files = on.sound.files(on.task('vi'));
  const file = files.find(({ file }) => file.type === 'regular')?.file ?? files[0]?.file;
  if (file === undefined) throw new Error('vi has no file');
  return { file: file.address, dentry: on.get(file.address, 'file.f_path.dentry') };
}

export const FILES: readonly Damage[] = [
  {
    what: 'four billion descriptors',
    change: (on) => {
      const fdtable = on.get(on.task(VICTIM).filesTable as Hex, 'files_struct.fdt');
      on.set(fdtable, 'fdtable.max_fds', 0xffff_ffff);
    },
    show: [`files ${VICTIM}`],
    faults: ['corrupt', 'bound', 'bad-pointer', 'hole', 'not-mapped'],
  },
  ...WILD.map(
    (pointer): Damage => ({
      what: `an array of files at 0x${pointer.toString(16)}`,
      change: (on) => {
        const fdtable = on.get(on.task(VICTIM).filesTable as Hex, 'files_struct.fdt');
        on.set(fdtable, 'fdtable.fd', pointer);
      },
      show: [`files ${VICTIM}`],
      faults: ['bad-pointer', 'not-mapped', 'corrupt'],
    }),
  ),
  ...['f_path.dentry', 'f_path.mnt', 'f_inode', 'f_op'].map(
    (member): Damage => ({
      what: `a wild ${member}`,
      change: (on) => on.set(firstFile(on).file, `file.${member}`, NOT_CANONICAL),
      show: ['files vi', 'maps vi --files'],
      faults: ['bad-pointer'],
    }),
  ),
  {
    what: 'a directory in its own subdirectory',
    change: (on) => {
      const { dentry } = firstFile(on);
      on.set(on.get(dentry, 'dentry.d_parent'), 'dentry.d_parent', dentry);
    },
    show: ['files', 'task vi', 'maps vi'],
    faults: ['loop', 'bound'],
  },
  {
    what: 'a name of four billion bytes',
    change: (on) => on.set(firstFile(on).dentry, 'dentry.d_name.len', 0xffff_ffff),
    show: ['files vi'],
    faults: [],
  },
  {
    what: 'mounts that are mounted on each other',
    change: (on) => {
      const [, one, two] = mountsOf(on.sound, on.task('init'));
      for (const [mount, other] of [
        [one?.address, two?.address],
        [two?.address, one?.address],
      ] as [Hex, Hex][]) {
        on.set(mount, 'mount.mnt_parent', BigInt(other));
        on.set(mount, 'mount.mnt_mountpoint', on.get(other, 'mount.mnt.mnt_root'));
      }
    },
    show: ['mounts', 'files'],
    faults: ['loop', 'bound'],
  },
];
