// Which security modules are active, as /sys/kernel/security/lsm lists them. Mirrors security/security.c and, since its
// start-up was parted from it, security/lsm_init.c.

import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';

const LSM_ID = { name: 'name' } as const;
/** More than there are: MAX_LSM_COUNT counts those of the kernel's configuration. */
const MAX_MODULES = 64;
const MAX_NAME = 64;
/** The one that every kernel with security modules begins with. */
const FIRST = 'capability';

export const activeModules: Trait<(kernel: Kernel) => readonly string[]> = {
  name: 'active security modules',
  eras: [
    {
      name: 'table of ids',
      since: '6.8',
      commit: '9285c5ad9d00',
      evidence: 'lsm_idlist',
      probe: hasSymbol('lsm_idlist'),
      reader: fromTable,
    },
    {
      name: 'one string',
      since: '4.11',
      commit: null,
      evidence: 'lsm_names',
      probe: hasSymbol('lsm_names'),
      reader: (kernel) => kernel.mem.cstr(kernel.mem.ptr(kernel.symbol('lsm_names'))).split(','),
    },
    {
      name: 'none',
      since: '2.6.29',
      commit: null,
      evidence: 'no cred.security',
      probe: (types) => types.sizeOf('cred') !== undefined && types.member('cred.security') === undefined,
      reader: () => [FIRST],
    },
  ],
};

function fromTable(kernel: Kernel): string[] {
  const { mem } = kernel;
  const table = kernel.symbol('lsm_idlist');
  const at = kernel.layout('lsm_id', LSM_ID);
  const active = kernel.symbol('lsm_active_cnt');
  const count = mem.u32(active);
  if (count > MAX_MODULES) throw mem.fault('corrupt', `${count} security modules`, active);
  const name = (index: number) => mem.cstr(mem.ptr(mem.ptr(table, 8 * index), at.name), 0, MAX_NAME);
  return Array.from({ length: count }, (_, index) => name(index));
}

const known = perKernel((kernel) => {
  const names = kernel.trait(activeModules)(kernel);
  if (!names.includes(FIRST)) throw new Fault('corrupt', `no list of security modules: ${names.join()}`);
  return names;
});

/** Their names, in the kernel's order; a fault where the list cannot be read. */
export function securityModules(kernel: Kernel): readonly string[] {
  return known(kernel);
}
