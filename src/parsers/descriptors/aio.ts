// Contexts of io_setup(2): struct kioctx in the mm's table, and the ring that each shares with its process (fs/aio.c).

import { type Kva, NULL } from '../../base/address.js';
import type { AioContext } from '../../snapshot/descriptor.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pfnOfPage } from '../mm/struct-page.js';

const MM = { table: 'ioctx_table' } as const;
const TABLE = { count: 'nr', contexts: 'table' } as const;
const CONTEXT = { user: 'user_id', requests: 'max_reqs', slots: 'nr_events', dead: 'dead' } as const;
const RING = { head: 'head', tail: 'tail' } as const;
const FOLIOS = { pages: 'ring_folios' } as const;
const PAGES = { pages: 'ring_pages' } as const;
const PAGE = 4096;
/** aio-max-nr is 65536 requests by default, of at least one for a context. */
const MAX_CONTEXTS = 1 << 20;

/** Address of the array of pages that the ring is in. */
export const aioRing: Trait<(kernel: Kernel, context: Kva) => Kva> = {
  name: 'aio ring',
  eras: [
    {
      name: 'folios',
      since: '6.10',
      commit: null,
      evidence: 'kioctx.ring_folios',
      probe: hasMember('kioctx.ring_folios'),
      reader: (kernel, context) => kernel.mem.ptr(context, kernel.layout('kioctx', FOLIOS).pages),
    },
    {
      name: 'pages',
      since: '2.6',
      commit: null,
      evidence: 'kioctx.ring_pages',
      probe: hasMember('kioctx.ring_pages'),
      reader: (kernel, context) => kernel.mem.ptr(context, kernel.layout('kioctx', PAGES).pages),
    },
  ],
};

/** The contexts of an mm_struct, in the order of its table. */
export function readAioContexts(kernel: Kernel, mm: Kva): readonly AioContext[] {
  const { mem, faults } = kernel;
  const table = mem.ptr(mm, kernel.layout('mm_struct', MM).table);
  if (table === NULL) return [];
  const at = kernel.layout('kioctx_table', TABLE);
  const count = mem.u32(table, at.count);
  if (count > MAX_CONTEXTS) throw mem.fault('corrupt', `${count} aio contexts`, table, at.count);
  const found: AioContext[] = [];
  for (let i = 0; i < count; i++) {
    const context = faults.guard(`aio ${i}`, () => mem.ptr(table, at.contexts + i * 8), NULL);
    const read = context === NULL ? null : faults.guard(`aio ${i}`, () => readContext(kernel, context), null);
    if (read !== null) found.push(read);
  }
  return found;
}

function readContext(kernel: Kernel, context: Kva): AioContext {
  const { mem } = kernel;
  const at = kernel.layout('kioctx', CONTEXT);
  const slots = mem.u32(context, at.slots);
  return {
    address: mem.hex(context),
    id: wide(mem.u64(context, at.user)),
    requests: mem.u32(context, at.requests),
    slots,
    unread: kernel.faults.guard('ring', () => unread(kernel, context, slots), 0),
  };
}

/** Completions between the head, which user space moves, and the tail. */
function unread(kernel: Kernel, context: Kva, slots: number): number {
  const page = kernel.mem.ptr(kernel.trait(aioRing)(kernel, context));
  const ring = kernel.mem.directAddress(pfnOfPage(kernel, page) * PAGE);
  const at = kernel.layout('aio_ring', RING);
  const [head, tail] = [kernel.mem.u32(ring, at.head), kernel.mem.u32(ring, at.tail)];
  return head < slots && tail < slots ? (tail - head + slots) % slots : 0;
}
