// io_uring instances: struct io_ring_ctx and the rings it shares with its process (io_uring/fdinfo.c).

import { NULL } from '../../base/address.js';
import type { IoUringDetail } from '../../snapshot/descriptor.js';
import { readCompletions, readOverflow, readSubmissions } from './io-uring-entries.js';
import { readPolls, ringResources } from './io-uring-resources.js';
import { readBusyPolling, readPersonalities } from './io-uring-settings.js';
import { type Opened, privateData } from './open-object.js';

const CONTEXT = {
  rings: 'rings',
  flags: 'flags',
  sqEntries: 'sq_entries',
  cqEntries: 'cq_entries',
  cachedSqHead: 'cached_sq_head',
  cachedCqTail: 'cached_cq_tail',
  poller: 'sq_data',
} as const;
const RINGS = { sqHead: 'sq.head', sqTail: 'sq.tail', cqHead: 'cq.head', cqTail: 'cq.tail' } as const;
const POLLER = { pid: 'task_pid', cpu: 'sq_cpu' } as const;
const SETUP_SQPOLL = 2;

export function readIoUring(opened: Opened): IoUringDetail {
  const { kernel } = opened;
  const { mem } = kernel;
  const context = privateData(opened);
  const at = kernel.layout('io_ring_ctx', CONTEXT);
  const flags = mem.u32(context, at.flags);
  const poller = flags & SETUP_SQPOLL ? mem.ptr(context, at.poller) : NULL;
  const thread = kernel.layout('io_sq_data', POLLER);
  const rings = mem.ptr(context, at.rings);
  const ring = kernel.layout('io_rings', RINGS);
  const { faults } = kernel;
  const told = kernel.types.member('io_ring_ctx.cancel_table') !== undefined;
  const [sqEntries, cqEntries] = [mem.u32(context, at.sqEntries), mem.u32(context, at.cqEntries)];
  const [sqHead, sqTail] = [mem.u32(rings, ring.sqHead), mem.u32(rings, ring.sqTail)];
  const [cqHead, cqTail] = [mem.u32(rings, ring.cqHead), mem.u32(rings, ring.cqTail)];
  const submitted = { flags, entries: sqEntries, head: sqHead, tail: sqTail };
  const completed = { flags, entries: cqEntries, head: cqHead, tail: cqTail };
  return {
    kind: 'io_uring',
    address: mem.hex(context),
    flags,
    sqEntries,
    cqEntries,
    sqHead,
    sqTail,
    cachedSqHead: mem.u32(context, at.cachedSqHead),
    cqHead,
    cqTail,
    cachedCqTail: mem.u32(context, at.cachedCqTail),
    sqThread: poller === NULL ? -1 : mem.i32(poller, thread.pid),
    sqCpu: poller === NULL ? -1 : mem.i32(poller, thread.cpu),
    submissions: told
      ? faults.guard('submissions', () => readSubmissions(kernel, context, submitted), [])
      : [],
    completions: told ? faults.guard('completions', () => readCompletions(kernel, rings, completed), []) : [],
    overflow: told ? faults.guard('overflow', () => readOverflow(kernel, context), []) : [],
    ...faults.guard('resources', () => kernel.trait(ringResources)(kernel, context), {
      files: [],
      buffers: [],
    }),
    polls: faults.guard('polls', () => readPolls(kernel, context), []),
    personalities: readPersonalities(kernel, context),
    napi: faults.guard('busy polling', () => readBusyPolling(kernel, context), null),
  };
}
