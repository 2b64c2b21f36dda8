// Before 6.14: arrays with a count; a section's address stands beside its attribute (kernel/module/sysfs.c).

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { type AttributeReader, MAX_ATTRIBUTES, MODULE, NAME_BYTES, readAttribute } from './attribute.js';

function bounded(kernel: Kernel, count: number, at: Kva): number {
  if (count <= MAX_ATTRIBUTES) return count;
  throw kernel.mem.fault('corrupt', `a module with ${count} sections or notes`, at);
}

const SECTIONS = { count: 'nsections', first: 'attrs' } as const;
const SECTION = { name: 'battr.attr.name', address: 'address' } as const;
const NOTES = { count: 'notes', first: 'attrs' } as const;

export const counted: AttributeReader = {
  sections: (kernel, module) => {
    const { mem } = kernel;
    const owner = mem.ptr(module, kernel.layout('module', MODULE).sections);
    if (owner === 0) return [];
    const list = kernel.layout('module_sect_attrs', SECTIONS);
    const at = kernel.layout('module_sect_attr', SECTION);
    const count = bounded(kernel, mem.u32(owner, list.count), owner);
    return Array.from({ length: count }, (_, n) => {
      const section = (owner + list.first + n * kernel.sizeOf('module_sect_attr')) as Kva;
      const name = mem.cstr(mem.ptr(section, at.name), 0, NAME_BYTES);
      return { name, address: mem.ptr(section, at.address) };
    });
  },
  notes: (kernel, module) => {
    const { mem } = kernel;
    const owner = mem.ptr(module, kernel.layout('module', MODULE).notes);
    if (owner === 0) return [];
    const list = kernel.layout('module_notes_attrs', NOTES);
    const count = bounded(kernel, mem.u32(owner, list.count), owner);
    return Array.from({ length: count }, (_, n) =>
      readAttribute(kernel, (owner + list.first + n * kernel.sizeOf('bin_attribute')) as Kva),
    );
  },
};
