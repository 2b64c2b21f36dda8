// What stands behind a descriptor, in a few lines for `files --verbose`.
import type { DescriptorDetail, EpollDetail, FsnotifyDetail, PipeDetail } from '../../snapshot/descriptor.js';
import { contentsText } from '../render/contents.js';
import { duration, plural, printable } from '../render/units.js';

const CLOCKS: Readonly<Record<number, string>> = {
  0: 'realtime',
  1: 'monotonic',
  7: 'boottime',
  8: 'realtime alarm',
  9: 'boottime alarm',
};
const PIPE_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [1, 'lru'],
  [2, 'atomic'],
  [4, 'gift'],
  [8, 'packet'],
  [16, 'can-merge'],
];
const EPOLL: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'IN'],
  [0x2, 'PRI'],
  [0x4, 'OUT'],
  [0x8, 'ERR'],
  [0x10, 'HUP'],
  [0x2000, 'RDHUP'],
  [0x1000_0000, 'EXCLUSIVE'],
  [0x2000_0000, 'WAKEUP'],
  [0x4000_0000, 'ONESHOT'],
  [0x8000_0000, 'ET'],
];
const SEALS = ['seal', 'shrink', 'grow', 'write', 'future-write', 'exec'] as const;
/** Buffers shown of a pipe. */
const SHOWN = 4;

export function* detailLines(detail: DescriptorDetail): Generator<string> {
  switch (detail.kind) {
    case 'pipe':
      yield* pipeLines(detail);
      break;
    case 'epoll':
      yield* epollLines(detail);
      break;
    case 'inotify':
    case 'fanotify':
      yield* watchLines(detail);
      break;
    default:
      yield oneLine(detail);
  }
}

type OneLine = Exclude<DescriptorDetail, PipeDetail | EpollDetail | FsnotifyDetail>;

function oneLine(detail: OneLine): string {
  switch (detail.kind) {
    case 'eventfd':
      return `eventfd ${detail.id}: count ${detail.count}${detail.semaphore ? ', a semaphore' : ''}`;
    case 'timerfd':
      return timerLine(detail);
    case 'signalfd':
      return `signalfd: ${signals(BigInt(detail.mask)).join(' ')}`;
    case 'memfd':
      return `memfd "${printable(detail.name)}"${detail.huge ? ', huge pages' : ''}: seals ${sealNames(detail.seals)}`;
    case 'pidfd':
      return `pidfd of ${detail.pids.join(' / ') || 'a process that is gone'}`;
    case 'userfaultfd':
      return `userfaultfd: ${plural(detail.pending, 'fault')} pending of ${detail.total}, features 0x${detail.features.toString(16)}`;
    case 'perf':
      return `perf event: type ${detail.type}, pmu ${detail.pmuType}, config ${detail.config[0] ?? '?'}`;
    case 'bpf-map':
      return `bpf map ${detail.id} "${printable(detail.name)}": type ${detail.type}, key ${detail.keySize}, value ${detail.valueSize}, at most ${detail.maxEntries}`;
    case 'bpf-prog':
      return `bpf program ${detail.id} "${printable(detail.name)}": type ${detail.type}, tag ${detail.tag}`;
    case 'io_uring':
      return ringLine(detail);
    case 'unix-socket':
      return `unix socket: ${plural(detail.flyingFiles, 'descriptor')} on the way to it`;
    case 'mqueue':
      return 'POSIX message queue (the section ipc has its messages)';
    case 'device':
      return `${detail.block ? 'block' : 'character'} device ${detail.major}:${detail.minor} of ${printable(detail.driver ?? 'no driver known')}`;
    case 'tty':
      return `terminal ${detail.driver} ${detail.index}`;
  }
}

function* pipeLines({ readers, writers, capacity, buffers, bytes }: PipeDetail): Generator<string> {
  const ends = `${plural(readers, 'reader')}, ${plural(writers, 'writer')}`;
  const held =
    buffers.length === 0 ? 'empty' : `${plural(bytes, 'byte')} in ${plural(buffers.length, 'buffer')}`;
  yield `pipe: ${held} of ${capacity}, ${ends}`;
  for (const { contents, flags } of buffers.slice(0, SHOWN))
    yield `  ${contentsText(contents)}  ${names(flags, PIPE_FLAGS, ' ')}`.trimEnd();
  if (buffers.length > SHOWN) yield `  and ${plural(buffers.length - SHOWN, 'buffer')} more`;
}

function* epollLines({ watches }: EpollDetail): Generator<string> {
  yield `epoll: ${plural(watches.length, 'watch', 'watches')}`;
  for (const { fd, events, data, ready } of watches)
    yield `  fd ${fd}: ${names(events, EPOLL, '|')}  data ${data}${ready ? '  ready' : ''}`;
}

function* watchLines({ kind, watches, events, queued }: FsnotifyDetail): Generator<string> {
  yield `${kind}: ${plural(watches.length, 'watch', 'watches')}, ${plural(queued, 'unread event')}`;
  for (const { wd, target, inode, mountId, mask } of watches) {
    const what = [target, inode ?? mountId].filter((part) => part !== null).join(' ');
    yield `  ${wd === null ? '' : `wd ${wd}: `}${what}  mask 0x${mask.toString(16)}`;
  }
  for (const { wd, mask, name } of events)
    yield `  event of wd ${wd}: mask 0x${mask.toString(16)}${name === null ? '' : `  "${printable(name)}"`}`;
}

function timerLine({ clock, ticks, remaining, interval }: Extract<OneLine, { kind: 'timerfd' }>): string {
  const left = Number(remaining) / 1e9;
  const state = left > 0 ? `fires in ${duration(left)}` : 'not running';
  const again = Number(interval) > 0 ? `, then every ${duration(Number(interval) / 1e9)}` : '';
  return `timerfd of ${CLOCKS[clock] ?? `clock ${clock}`}: ${state}${again}; ${ticks} unread`;
}

function ringLine(ring: Extract<OneLine, { kind: 'io_uring' }>): string {
  const [submitted, completed] = [ring.sqTail - ring.sqHead, ring.cqTail - ring.cqHead];
  const poller = ring.sqThread < 0 ? '' : `, polled by ${ring.sqThread}`;
  const overflow = ring.overflow.length === 0 ? '' : `, ${ring.overflow.length} more`;
  const files = ring.files.filter((file) => file !== null).length;
  const held = [
    [files, 'file'],
    [ring.buffers.length, 'buffer'],
    [ring.polls.length, 'poll'],
  ] as const;
  const rest = held.flatMap(([count, what]) => (count === 0 ? [] : [`, ${plural(count, what)}`])).join('');
  return `io_uring: ${submitted >>> 0} of ${ring.sqEntries} submitted, ${completed >>> 0} of ${ring.cqEntries} completed${overflow}${rest}${poller}`;
}

function names(bits: number, table: readonly (readonly [number, string])[], separator: string): string {
  const known = table.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  const rest = table.reduce((left, [bit]) => left & ~bit, bits) >>> 0;
  return [...known, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(separator);
}

function sealNames(seals: number): string {
  return SEALS.filter((_, bit) => (seals >>> bit) & 1).join(' ') || 'none';
}

function signals(mask: bigint): number[] {
  return Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n);
}
