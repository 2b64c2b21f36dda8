// struct cred and its groups (include/linux/cred.h). Capability sets were two 32-bit words until 6.3 and one 64-bit
// word since; in little-endian memory the bytes are the same.

import { hex8, type Kva } from '../../base/address.js';
import type { Credentials } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

const CRED = {
  uid: 'uid',
  gid: 'gid',
  suid: 'suid',
  sgid: 'sgid',
  euid: 'euid',
  egid: 'egid',
  fsuid: 'fsuid',
  fsgid: 'fsgid',
  securebits: 'securebits',
  inheritable: 'cap_inheritable',
  permitted: 'cap_permitted',
  effective: 'cap_effective',
  bounding: 'cap_bset',
  ambient: 'cap_ambient',
  groups: 'group_info',
} as const;
const GROUPS = { count: 'ngroups', first: 'gid' } as const;
/** NGROUPS_MAX. */
const MAX_GROUPS = 65536;

const known = perKernel(() => new Map<Kva, Credentials>());

/** Tasks that share a struct cred get the same object. */
export function readCredentials(kernel: Kernel, address: Kva): Credentials {
  const memo = known(kernel);
  let found = memo.get(address);
  if (found === undefined) memo.set(address, (found = read(kernel, address)));
  return found;
}

function read(kernel: Kernel, address: Kva): Credentials {
  const { mem } = kernel;
  const at = kernel.layout('cred', CRED);
  const caps = (offset: number) => hex8(mem.u32(address, offset + 4)) + hex8(mem.u32(address, offset));
  return {
    uid: mem.u32(address, at.uid),
    euid: mem.u32(address, at.euid),
    suid: mem.u32(address, at.suid),
    fsuid: mem.u32(address, at.fsuid),
    gid: mem.u32(address, at.gid),
    egid: mem.u32(address, at.egid),
    sgid: mem.u32(address, at.sgid),
    fsgid: mem.u32(address, at.fsgid),
    groups: kernel.faults.guard('groups', () => groups(kernel, mem.ptr(address, at.groups)), []),
    capInheritable: caps(at.inheritable),
    capPermitted: caps(at.permitted),
    capEffective: caps(at.effective),
    capBounding: caps(at.bounding),
    capAmbient: caps(at.ambient),
    securebits: mem.u32(address, at.securebits),
    address: mem.hex(address),
  };
}

function groups(kernel: Kernel, info: Kva): number[] {
  const { mem } = kernel;
  const at = kernel.layout('group_info', GROUPS);
  const count = mem.u32(info, at.count);
  if (count > MAX_GROUPS) throw mem.fault('corrupt', `${count} groups`, info, at.count);
  return Array.from({ length: count }, (_, i) => mem.u32(info, at.first + 4 * i));
}
