// What /proc/PID/fdinfo says of an io_uring instance (io_uring/fdinfo.c).

import { Fault } from '../../base/fault.js';
import type { IoUringDetail, RingCompletion, RingSubmission } from '../../snapshot/descriptor.js';
import { escapeOctal, MOUNT_ESCAPED } from '../fs/escape.js';
import { hasText } from '../kernel/rodata.js';
import type { Trait } from '../kernel/trait.js';
import { pending, SETUP } from './io-uring-entries.js';
import type { Opened } from './open-object.js';

interface Listing {
  /** How a completion's flags are called, and what stands behind a long one. */
  readonly flags: string;
  readonly behindLong: string;
  /** Whether submissions are listed that lie in the ring in their order, and those of operations that there are not. */
  readonly unordered: boolean;
  readonly invalid: boolean;
}

export const ringListing: Trait<Listing> = {
  name: 'entries in fdinfo of io_uring',
  eras: [
    {
      name: 'long and short ones',
      since: '6.18',
      commit: null,
      evidence: 'text "res:%d, flags:%x"',
      probe: hasText('user_data:%llu, res:%d, flags:%x'),
      reader: { flags: 'flags', behindLong: '', unordered: true, invalid: false },
    },
    {
      name: 'all alike',
      since: '5.19',
      commit: null,
      evidence: 'none',
      probe: () => true,
      reader: { flags: 'flag', behindLong: '\n', unordered: false, invalid: true },
    },
  ],
};

export const ringCredentials: Trait<boolean> = {
  name: 'credentials in fdinfo of io_uring',
  eras: [
    {
      name: 'told',
      since: '5.6',
      commit: null,
      evidence: 'text "Personalities:"',
      probe: hasText('Personalities:\n'),
      reader: true,
    },
    { name: 'not told', since: '6.14', commit: null, evidence: 'none', probe: () => true, reader: false },
  ],
};

/** io_uring_show_fdinfo(); what it does not know the lines of, it says. */
export function* ioUringInfo({ kernel }: Opened, ring: IoUringDetail): Generator<string> {
  const hasRings = kernel.types.member('io_ring_ctx.cancel_table') !== undefined;
  const listing = kernel.trait(ringListing);
  if (hasRings) yield* ringLines(ring, listing);
  yield `SqThread:\t${ring.sqThread}`;
  yield `SqThreadCpu:\t${ring.sqCpu}`;
  if (kernel.types.member('io_sq_data.work_time') !== undefined) {
    yield 'SqTotalTime:\t0';
    yield 'SqWorkTime:\t0';
  }
  const hasPaths = kernel.types.member('io_ring_ctx.buf_table.nr') !== undefined;
  yield* fileLines(ring, hasPaths);
  yield `UserBufs:\t${ring.buffers.length}`;
  for (const [i, buffer] of ring.buffers.entries())
    yield `${column(i)}: ${buffer === null ? '<none>' : `${buffer.address}/${buffer.bytes}`}`;
  if (ring.personalities > 0 && kernel.trait(ringCredentials))
    kernel.faults.add(new Fault('unknown', `${ring.personalities} lines of io_uring's fdinfo are not known`));
  yield 'PollList:';
  for (const { opcode, taskWork } of ring.polls) yield `  op=${opcode}, task_works=${taskWork ? 1 : 0}`;
  if (hasRings) yield 'CqOverflowList:';
  for (const { userData, result, flags } of ring.overflow)
    yield `  user_data=${userData}, res=${result}, flags=${flags.toString(16)}`;
  if (ring.napi !== null) yield `NAPI:\t${ring.napi ? 'enabled' : 'disabled'}`;
  if (ring.napi === true)
    kernel.faults.add(new Fault('unknown', 'lines of io_uring’s fdinfo about busy polling are not known'));
}

function* ringLines(ring: IoUringDetail, listing: Listing): Generator<string> {
  yield `SqMask:\t0x${(ring.sqEntries - 1).toString(16)}`;
  yield `SqHead:\t${ring.sqHead}`;
  yield `SqTail:\t${ring.sqTail}`;
  yield `CachedSqHead:\t${ring.cachedSqHead}`;
  yield `CqMask:\t0x${(ring.cqEntries - 1).toString(16)}`;
  yield `CqHead:\t${ring.cqHead}`;
  yield `CqTail:\t${ring.cqTail}`;
  yield `CachedCqTail:\t${ring.cachedCqTail}`;
  yield `SQEs:\t${pending(ring.sqHead, ring.sqTail)}`;
  const areListed = (ring.flags & SETUP.noArray) === 0 || listing.unordered;
  for (const each of areListed ? ring.submissions : [])
    if (listing.invalid || each.name !== 'INVALID') yield submissionLine(each);
  yield `CQEs:\t${pending(ring.cqHead, ring.cqTail)}`;
  for (const each of ring.completions) yield completionLine(each, listing);
}

function submissionLine(entry: RingSubmission): string {
  const more = entry.more.map((word, i) => `, e${i}:${word}`).join('');
  const place = `fd:${entry.fd}, flags:${entry.flags.toString(16)}, off:${entry.offset}, addr:${entry.address}`;
  const operation = `rw_flags:0x${entry.operationFlags.toString(16)}, buf_index:${entry.bufferIndex}`;
  return `${column(entry.index)}: opcode:${entry.name}, ${place}, ${operation} user_data:${entry.userData}${more}`;
}

function completionLine(entry: RingCompletion, listing: Listing): string {
  const { index, userData, result, flags, more } = entry;
  const [first, second] = more;
  const extra = first === undefined ? '' : `, extra1:${first}, extra2:${second}${listing.behindLong}`;
  return `${column(index ?? 0)}: user_data:${userData}, res:${result}, ${listing.flags}:${flags.toString(16)}${extra}`;
}

/** Names within dentries until 6.12, and all places; then paths, escaped as in mountinfo, and no empty places. */
function* fileLines({ files }: IoUringDetail, hasPaths: boolean): Generator<string> {
  yield `UserFiles:\t${files.length}`;
  for (const [i, file] of files.entries()) {
    if (!hasPaths) yield `${column(i)}: ${file ?? '<none>'}`;
    else if (file !== null) yield `${column(i)}: ${escapeOctal(file, MOUNT_ESCAPED)}`;
  }
}

function column(index: number): string {
  return String(index).padStart(5);
}
