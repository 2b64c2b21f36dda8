// How many references a struct file has: f_count in /proc's and crash's words.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

const FILE_REF = { references: 'f_ref.refcnt' } as const;
const FILE_COUNT = { references: 'f_count' } as const;

export const fileReferences: Trait<(kernel: Kernel, file: Kva) => number> = {
  name: 'file references',
  eras: [
    {
      name: 'file_ref_t',
      since: '6.13',
      commit: '90ee6ed776c0',
      evidence: 'file.f_ref',
      probe: hasMember('file.f_ref'),
      // counts from 0: the first reference is no increment
      reader: (kernel, file) => kernel.mem.int(file, kernel.layout('file', FILE_REF).references) + 1,
    },
    {
      name: 'atomic_long_t',
      since: '2.6',
      commit: null,
      evidence: 'file.f_count',
      probe: hasMember('file.f_count'),
      reader: (kernel, file) => kernel.mem.int(file, kernel.layout('file', FILE_COUNT).references),
    },
  ],
};
