// struct cred: each once.

import type { Hex } from '../../../base/address.js';
import { fromDigits } from '../numbers.js';
import type { Planning } from '../planning.js';

/** Null where it could not be read. */
export function planCredentials(planning: Planning, address: Hex | null): number | null {
  const cred = address === null ? undefined : planning.index.credentials.get(address);
  if (cred === undefined) return null;
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, securebits } = cred;
  return planning.tables.credentials.ref(cred.address, () => ({
    ...{ uid, euid, suid, fsuid, gid, egid, sgid, fsgid },
    capInheritable: fromDigits(cred.capInheritable),
    capPermitted: fromDigits(cred.capPermitted),
    capEffective: fromDigits(cred.capEffective),
    capBounding: fromDigits(cred.capBounding),
    capAmbient: fromDigits(cred.capAmbient),
    securebits,
    groups: cred.groups.map((group) => ({ gid: group })),
  }));
}
