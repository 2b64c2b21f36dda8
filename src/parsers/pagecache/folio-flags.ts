// The flags of a cached page that tell what is to become of it: enum pageflags (include/linux/page-flags.h), whose
// numbers change from release to release.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';

const PAGE = { flags: 'flags' } as const;

export interface FolioFlags {
  /** The contents are the file's. */
  readonly uptodate: boolean;
  readonly dirty: boolean;
  readonly writeback: boolean;
}

const bits = perKernel((kernel) => ({
  at: kernel.layout('page', PAGE).flags,
  uptodate: bit(kernel, 'PG_uptodate'),
  dirty: bit(kernel, 'PG_dirty'),
  writeback: bit(kernel, 'PG_writeback'),
}));

/** All of them are among the first 25. */
function bit(kernel: Kernel, name: string): number {
  const number = kernel.types.enumerator(name);
  if (number === undefined) throw new Fault('unknown', `this kernel has no enumerator ${name}`);
  return 1 << Number(number);
}

/** Flags of the folio whose first struct page this is. */
export function folioFlags(kernel: Kernel, page: Kva): FolioFlags {
  const { at, uptodate, dirty, writeback } = bits(kernel);
  const flags = kernel.mem.u32(page, at);
  return {
    uptodate: (flags & uptodate) !== 0,
    dirty: (flags & dirty) !== 0,
    writeback: (flags & writeback) !== 0,
  };
}
