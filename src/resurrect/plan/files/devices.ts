// Character and block devices: those whose open files have no state are opened again by their path.

import { FILE_KIND } from '../../abi/records/files.js';
import { type Behind, type Opened, refused, refuseFile } from './behind.js';
import { planInode, unreachable } from './inode.js';

const MINOR_BITS = 20;
const ACCESS_MODE = 3;
const MEMORY_DEVICES = 1;
/** null, zero, full, random, urandom (drivers/char/mem.c). */
const STATELESS: ReadonlySet<number> = new Set([3, 5, 7, 8, 9]);
const KMSG = 11;

export function planDevice(opened: Opened): Behind {
  const { planning, file } = opened;
  const [major, minor] = [file.rdev >>> MINOR_BITS, file.rdev & ((1 << MINOR_BITS) - 1)];
  const problem = unreachable(opened);
  if (problem !== null) return problem;
  if (file.type === 'block') {
    if ((file.flags & ACCESS_MODE) !== 0)
      return refused('block_device', 'it is open for writing, and what was written need not be on it');
  } else if (major !== MEMORY_DEVICES || !(STATELESS.has(minor) || minor === KMSG)) {
    return refused('device', `its driver (device ${major}:${minor}) has state that is not planned`);
  } else if (minor === KMSG) {
    refuseFile(opened, refused('kernel_log', "what it reads is the crash kernel's log, from its beginning"));
  }
  return { kind: FILE_KIND.device, target: planInode(planning, file) };
}
