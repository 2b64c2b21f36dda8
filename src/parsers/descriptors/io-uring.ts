// io_uring instances: struct io_ring_ctx and the rings it shares with its process (io_uring/fdinfo.c).

import { NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { IoUringDetail } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { type Opened, privateData } from './open-object.js';

const CONTEXT = {
  rings: 'rings',
  flags: 'flags',
  sqEntries: 'sq_entries',
  cqEntries: 'cq_entries',
  cachedSqHead: 'cached_sq_head',
  cachedCqTail: 'cached_cq_tail',
  poller: 'sq_data',
  napi: 'napi_track_mode?',
  napiEnabled: 'napi_enabled?',
  napiList: 'napi_list?',
} as const;
const RINGS = { sqHead: 'sq.head', sqTail: 'sq.tail', cqHead: 'cq.head', cqTail: 'cq.tail' } as const;
const POLLER = { pid: 'task_pid', cpu: 'sq_cpu' } as const;
const TABLES = { files: 'file_table.data.nr', buffers: 'buf_table.nr' } as const;
const COUNTS = { files: 'nr_user_files', buffers: 'nr_user_bufs' } as const;
const SETUP_SQPOLL = 2;
/** IO_URING_NAPI_TRACKING_INACTIVE. */
const NAPI_INACTIVE = 255;

export const ringResources: Trait<(kernel: Kernel) => Readonly<Record<'files' | 'buffers', number>>> = {
  name: 'io_uring resources',
  eras: [
    {
      name: 'in tables',
      since: '6.13',
      commit: null,
      evidence: 'io_ring_ctx.buf_table',
      probe: hasMember('io_ring_ctx.buf_table.nr'),
      reader: (kernel) => kernel.layout('io_ring_ctx', TABLES),
    },
    {
      name: 'counted',
      since: '5.1',
      commit: null,
      evidence: 'io_ring_ctx.nr_user_files',
      probe: hasMember('io_ring_ctx.nr_user_files'),
      reader: (kernel) => kernel.layout('io_ring_ctx', COUNTS),
    },
  ],
};

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
  const resources = kernel.trait(ringResources)(kernel);
  return {
    kind: 'io_uring',
    address: mem.hex(context),
    flags,
    sqEntries: mem.u32(context, at.sqEntries),
    cqEntries: mem.u32(context, at.cqEntries),
    sqHead: mem.u32(rings, ring.sqHead),
    sqTail: mem.u32(rings, ring.sqTail),
    cachedSqHead: mem.u32(context, at.cachedSqHead),
    cqHead: mem.u32(rings, ring.cqHead),
    cqTail: mem.u32(rings, ring.cqTail),
    cachedCqTail: mem.u32(context, at.cachedCqTail),
    sqThread: poller === NULL ? -1 : mem.i32(poller, thread.pid),
    sqCpu: poller === NULL ? -1 : mem.i32(poller, thread.cpu),
    files: mem.u32(context, resources.files),
    buffers: mem.u32(context, resources.buffers),
    napi: napiOf(opened),
  };
}

/** Null on kernels whose fdinfo does not tell (before 6.9). */
function napiOf(opened: Opened): boolean | null {
  const { kernel } = opened;
  const at = kernel.layout('io_ring_ctx', CONTEXT);
  if (at.napiList === undefined) return null;
  const context = privateData(opened);
  if (at.napi !== undefined) return kernel.mem.u8(context, at.napi) !== NAPI_INACTIVE;
  return at.napiEnabled !== undefined && kernel.mem.u8(context, at.napiEnabled) !== 0;
}

/**
 * Whole where nothing is pending or registered: then these lines are all that fdinfo has. Entries, files and buffers have
 * further ones, that are not made here.
 */
export function* ioUringInfo({ kernel }: Opened, ring: IoUringDetail): Generator<string> {
  const more =
    ring.files + ring.buffers + pending(ring.sqHead, ring.sqTail) + pending(ring.cqHead, ring.cqTail);
  if (more > 0) kernel.faults.add(new Fault('unknown', `${more} lines of io_uring's fdinfo are not known`));
  const hasRings = kernel.types.member('io_ring_ctx.cancel_table') !== undefined;
  if (hasRings) yield* ringLines(ring);
  yield `SqThread:\t${ring.sqThread}`;
  yield `SqThreadCpu:\t${ring.sqCpu}`;
  if (kernel.types.member('io_sq_data.work_time') !== undefined) {
    yield 'SqTotalTime:\t0';
    yield 'SqWorkTime:\t0';
  }
  yield `UserFiles:\t${ring.files}`;
  yield `UserBufs:\t${ring.buffers}`;
  yield 'PollList:';
  if (hasRings) yield 'CqOverflowList:';
  if (ring.napi !== null) yield `NAPI:\t${ring.napi ? 'enabled' : 'disabled'}`;
}

function* ringLines(ring: IoUringDetail): Generator<string> {
  yield `SqMask:\t0x${(ring.sqEntries - 1).toString(16)}`;
  yield `SqHead:\t${ring.sqHead}`;
  yield `SqTail:\t${ring.sqTail}`;
  yield `CachedSqHead:\t${ring.cachedSqHead}`;
  yield `CqMask:\t0x${(ring.cqEntries - 1).toString(16)}`;
  yield `CqHead:\t${ring.cqHead}`;
  yield `CqTail:\t${ring.cqTail}`;
  yield `CachedCqTail:\t${ring.cachedCqTail}`;
  yield `SQEs:\t${pending(ring.sqHead, ring.sqTail)}`;
  yield `CQEs:\t${pending(ring.cqHead, ring.cqTail)}`;
}

/** Both run on over 2^32. */
function pending(head: number, tail: number): number {
  return (tail - head) >>> 0;
}
