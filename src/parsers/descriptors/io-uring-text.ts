// What /proc/PID/fdinfo says of an io_uring instance (io_uring/fdinfo.c).

import { Fault } from '../../base/fault.js';
import type { IoUringDetail, RingCompletion, RingSubmission } from '../../snapshot/descriptor.js';
import { escapeOctal, MOUNT_ESCAPED } from '../fs/escape.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasText } from '../kernel/rodata.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pending, SETUP } from './io-uring-entries.js';
import { checkedSubmissions, completionsInPlaces } from './io-uring-listed.js';
import { busyPollingLines, personalityLines } from './io-uring-settings.js';
import { type Opened, privateData } from './open-object.js';

interface Listing {
  /** How a completion's flags are called, and what stands behind a long one. */
  readonly flags: string;
  readonly behindLong: string;
  /** Whether completions are looked for at every 16 bytes, even where all are of 32. */
  readonly inPlaces: boolean;
  /** Whether submissions are looked at first: those of a ring without an array are listed, those of no operation are not. */
  readonly checked: boolean;
}

export const ringListing: Trait<Listing> = {
  name: 'entries in fdinfo of io_uring',
  eras: [
    {
      name: 'both of either size',
      since: '6.19',
      commit: '1cba30bf9fdd',
      evidence: 'text "res:%d, flags:%x"',
      probe: hasText('user_data:%llu, res:%d, flags:%x'),
      reader: { flags: 'flags', behindLong: '', inPlaces: true, checked: true },
    },
    {
      name: 'completions of either size',
      since: '6.18',
      commit: '82ceb7fcc5ff',
      evidence: 'io_nop.extra1',
      probe: hasMember('io_nop.extra1'),
      reader: { flags: 'flag', behindLong: '\n', inPlaces: true, checked: false },
    },
    {
      name: 'all alike',
      since: '5.19',
      commit: 'f9b3dfcc68a5',
      evidence: 'none',
      probe: () => true,
      reader: { flags: 'flag', behindLong: '\n', inPlaces: false, checked: false },
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
    {
      name: 'not told',
      since: '6.16',
      commit: '16256648cd08',
      evidence: 'none',
      probe: () => true,
      reader: false,
    },
  ],
};

/** io_uring_show_fdinfo(); what it does not know the lines of, it says. */
export function* ioUringInfo(opened: Opened, ring: IoUringDetail): Generator<string> {
  const { kernel } = opened;
  const hasRings = kernel.types.member('io_ring_ctx.cancel_table') !== undefined;
  if (hasRings) yield* ringLines(opened, ring);
  yield `SqThread:\t${ring.sqThread}`;
  yield `SqThreadCpu:\t${ring.sqCpu}`;
  if (kernel.types.member('io_sq_data.work_time') !== undefined) yield* threadTimes(kernel, ring);
  const hasPaths = kernel.types.member('io_ring_ctx.buf_table.nr') !== undefined;
  yield* fileLines(ring, hasPaths);
  yield `UserBufs:\t${ring.buffers.length}`;
  for (const [i, buffer] of ring.buffers.entries())
    yield `${column(i)}: ${buffer === null ? '<none>' : `${buffer.address}/${buffer.bytes}`}`;
  if (kernel.trait(ringCredentials)) yield* personalityLines(ring.personalities);
  yield 'PollList:';
  for (const { opcode, taskWork } of ring.polls) yield `  op=${opcode}, task_works=${taskWork ? 1 : 0}`;
  if (hasRings) yield 'CqOverflowList:';
  for (const { userData, result, flags } of ring.overflow)
    yield `  user_data=${userData}, res=${result}, flags=${flags.toString(16)}`;
  if (ring.napi !== null) yield* busyPollingLines(kernel, ring.napi);
}

/** Processor time of the thread that polls, as far as it has been accounted for, is not read. */
function* threadTimes(kernel: Kernel, ring: IoUringDetail): Generator<string> {
  if ((ring.flags & SETUP.sqPoll) !== 0)
    kernel.faults.add(new Fault('unknown', 'the times of io_uring’s thread in its fdinfo are not known'));
  yield 'SqTotalTime:\t0';
  yield 'SqWorkTime:\t0';
}

function* ringLines(opened: Opened, ring: IoUringDetail): Generator<string> {
  const { kernel } = opened;
  const listing = kernel.trait(ringListing);
  yield `SqMask:\t0x${(ring.sqEntries - 1).toString(16)}`;
  yield `SqHead:\t${ring.sqHead}`;
  yield `SqTail:\t${ring.sqTail}`;
  yield `CachedSqHead:\t${ring.cachedSqHead}`;
  yield `CqMask:\t0x${(ring.cqEntries - 1).toString(16)}`;
  yield `CqHead:\t${ring.cqHead}`;
  yield `CqTail:\t${ring.cqTail}`;
  yield `CachedCqTail:\t${ring.cachedCqTail}`;
  yield `SQEs:\t${pending(ring.sqHead, ring.sqTail)}`;
  const { context, submissions, completions } = positionsOf(opened, ring);
  if (listing.checked)
    for (const each of checkedSubmissions(kernel, context, submissions))
      yield typeof each === 'string' ? each : submissionLine(each);
  else if ((ring.flags & SETUP.noArray) === 0) yield* ring.submissions.map(submissionLine);
  yield `CQEs:\t${pending(ring.cqHead, ring.cqTail)}`;
  const isOwn = listing.inPlaces && (ring.flags & SETUP.cqe32) !== 0;
  for (const each of isOwn ? completionsInPlaces(kernel, context, completions) : ring.completions)
    yield completionLine(each, listing);
}

function positionsOf(opened: Opened, ring: IoUringDetail) {
  const { flags, sqEntries, sqHead, sqTail, cqEntries, cqHead, cqTail } = ring;
  return {
    context: privateData(opened),
    submissions: { flags, entries: sqEntries, head: sqHead, tail: sqTail },
    completions: { flags, entries: cqEntries, head: cqHead, tail: cqTail },
  };
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
