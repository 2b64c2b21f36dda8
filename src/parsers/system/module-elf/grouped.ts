// Since 6.14: an attribute group, its attributes as an array of pointers that NULL ends (kernel/module/sysfs.c).

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { type AttributeReader, MAX_ATTRIBUTES, MODULE, type NoteAt, readAttribute } from './attribute.js';

const GROUP = { attributes: 'grp.bin_attrs' } as const;
/** Another struct: a layout is remembered by its key. */
const NOTE_GROUP = { attributes: 'grp.bin_attrs' } as const;

function readGroup(kernel: Kernel, attributes: Kva): NoteAt[] {
  const { mem } = kernel;
  const found: NoteAt[] = [];
  for (let n = 0; attributes !== 0 && n < MAX_ATTRIBUTES; n++) {
    const attribute = mem.ptr(attributes, n * 8);
    if (attribute === 0) break;
    found.push(readAttribute(kernel, attribute));
  }
  return found;
}

export const grouped: AttributeReader = {
  sections: (kernel, module) => {
    const { mem } = kernel;
    const owner = mem.ptr(module, kernel.layout('module', MODULE).sections);
    return owner === 0
      ? []
      : readGroup(kernel, mem.ptr(owner, kernel.layout('module_sect_attrs', GROUP).attributes));
  },
  notes: (kernel, module) => {
    const { mem } = kernel;
    const owner = mem.ptr(module, kernel.layout('module', MODULE).notes);
    return owner === 0
      ? []
      : readGroup(kernel, mem.ptr(owner, kernel.layout('module_notes_attrs', NOTE_GROUP).attributes));
  },
};
