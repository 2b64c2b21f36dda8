// What the eras of a module's sysfs attributes share.

import type { Kva } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';

export interface SectionAt {
  readonly name: string;
  readonly address: Kva;
}

export interface NoteAt extends SectionAt {
  readonly bytes: number;
}

export interface AttributeReader {
  readonly sections: (kernel: Kernel, module: Kva) => SectionAt[];
  readonly notes: (kernel: Kernel, module: Kva) => NoteAt[];
}

export const MODULE = { sections: 'sect_attrs', notes: 'notes_attrs' } as const;
const ATTRIBUTE = { name: 'attr.name', size: 'size', address: 'private' } as const;
/** ELF allows 65,280 sections; a real module has some sixty. */
export const MAX_ATTRIBUTES = 4096;
export const NAME_BYTES = 256;

export function readAttribute(kernel: Kernel, attribute: Kva): NoteAt {
  const { mem } = kernel;
  const at = kernel.layout('bin_attribute', ATTRIBUTE);
  return {
    name: mem.cstr(mem.ptr(attribute, at.name), 0, NAME_BYTES),
    address: mem.ptr(attribute, at.address),
    bytes: mem.nat(attribute, at.size),
  };
}
