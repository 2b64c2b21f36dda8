// What sysfs shows of a module's ELF file (kernel/module/sysfs.c): its sections' addresses and its notes.

import { hasMember, type Trait } from '../kernel/trait.js';
import type { AttributeReader } from './module-elf/attribute.js';
import { counted } from './module-elf/counted.js';
import { grouped } from './module-elf/grouped.js';

export const moduleAttributes: Trait<AttributeReader> = {
  name: 'module sections',
  eras: [
    {
      name: 'attribute group',
      since: '6.14',
      commit: 'd8959b947a8d',
      evidence: 'module_sect_attrs.grp without nsections',
      probe: (types) =>
        types.member('module_sect_attrs.grp') !== undefined &&
        types.member('module_sect_attrs.nsections') === undefined,
      reader: grouped,
    },
    {
      name: 'counted array',
      since: '4.14',
      commit: null,
      evidence: 'module_sect_attrs.nsections',
      probe: hasMember('module_sect_attrs.nsections'),
      reader: counted,
    },
  ],
};
