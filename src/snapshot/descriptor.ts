// What stands behind a descriptor that is more than a file, by kind, as plain data. Each kind names the kernel source that it
// follows; times are in nanoseconds of the clock named, masks and flags as the kernel has them.

import type { Hex } from '../base/address.js';
import type { Contents } from './bytes.js';
import type { Wide } from './number.js';
import type { Credentials } from './task.js';

/** struct pipe_buffer. */
export interface PipeBuffer {
  readonly contents: Contents;
  /** PIPE_BUF_FLAG_*: 8 is a packet of its own (O_DIRECT), 16 may be added to. */
  readonly flags: number;
  /** Symbol of its operations: `anon_pipe_buf_ops`, `page_cache_pipe_buf_ops` of spliced pages. */
  readonly operations: string | null;
}

/** A pipe or FIFO, both ends: struct pipe_inode_info (fs/pipe.c). One object for all that have it open. */
export interface PipeDetail {
  readonly kind: 'pipe';
  readonly address: Hex;
  readonly readers: number;
  readonly writers: number;
  /** Buffers that may be filled: F_GETPIPE_SZ in pages. */
  readonly capacity: number;
  /** Unread, oldest first. */
  readonly buffers: readonly PipeBuffer[];
  /** Bytes in them all. */
  readonly bytes: number;
}

/** struct eventfd_ctx (fs/eventfd.c). */
export interface EventfdDetail {
  readonly kind: 'eventfd';
  readonly address: Hex;
  readonly count: Wide;
  readonly id: number;
  readonly semaphore: boolean;
}

/** struct epitem: what an epoll instance watches. */
export interface EpollWatch {
  readonly fd: number;
  /** EPOLL* bits, EPOLLERR and EPOLLHUP always among them unless a one-shot watch has fired. */
  readonly events: number;
  readonly data: Hex;
  /** struct file that is watched, whatever `fd` refers to by now. */
  readonly file: Hex;
  readonly offset: Wide;
  readonly inode: Wide;
  readonly device: number;
  /** On the list of those that were found ready. */
  readonly ready: boolean;
}

/** struct eventpoll (fs/eventpoll.c). */
export interface EpollDetail {
  readonly kind: 'epoll';
  readonly address: Hex;
  /** In the order of fdinfo. */
  readonly watches: readonly EpollWatch[];
}

/** struct timerfd_ctx (fs/timerfd.c). */
export interface TimerfdDetail {
  readonly kind: 'timerfd';
  readonly address: Hex;
  /** CLOCK_*. */
  readonly clock: number;
  /** Expirations that nobody has read. */
  readonly ticks: Wide;
  readonly settimeFlags: number;
  /** In its clock; 0 where it was never set. */
  readonly expires: Wide;
  /** At the moment of death; 0 where it is not running. */
  readonly remaining: Wide;
  readonly interval: Wide;
}

/** struct signalfd_ctx (fs/signalfd.c): the signals that it takes, bit 0 is signal 1. */
export interface SignalfdDetail {
  readonly kind: 'signalfd';
  readonly address: Hex;
  readonly mask: Hex;
}

/** File handle of a watched inode, as name_to_handle_at(2) makes it. */
export interface FileHandle {
  readonly type: number;
  readonly hex: string;
}

/** struct fsnotify_mark: what an inotify or fanotify group watches. */
export interface FsnotifyWatch {
  readonly target: 'inode' | 'mount' | 'filesystem' | 'mount namespace' | 'unknown';
  /** inotify's watch descriptor; null of fanotify. */
  readonly wd: number | null;
  /** Its number; of a mount namespace, that of its file in nsfs. */
  readonly inode: Wide | null;
  readonly device: number | null;
  readonly mountId: number | null;
  readonly mask: number;
  readonly ignored: number;
  /** FAN_MARK_* of fanotify. */
  readonly flags: number;
  readonly handle: FileHandle | null;
}

/** struct inotify_event_info, unread. */
export interface InotifyEvent {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string | null;
}

/** struct fsnotify_group (fs/notify/inotify, fs/notify/fanotify). */
export interface FsnotifyDetail {
  readonly kind: 'inotify' | 'fanotify';
  readonly address: Hex;
  readonly watches: readonly FsnotifyWatch[];
  /** Number of unread events, and of inotify the events themselves. */
  readonly queued: number;
  readonly events: readonly InotifyEvent[];
  /** fanotify_init(2)'s two arguments; 0 of inotify. */
  readonly flags: number;
  readonly eventFlags: number;
}

/** A tmpfs or hugetlbfs file without a name: memfd_create(2). */
export interface MemfdDetail {
  readonly kind: 'memfd';
  readonly address: Hex;
  readonly name: string;
  /** F_SEAL_* bits. */
  readonly seals: number;
  readonly huge: boolean;
}

/** struct pid (kernel/pid.c, fs/pidfs.c). */
export interface PidfdDetail {
  readonly kind: 'pidfd';
  readonly address: Hex;
  /** Numbers in the namespaces from the initial one inwards; empty where the process is gone. */
  readonly pids: readonly number[];
}

/** struct userfaultfd_ctx (fs/userfaultfd.c). */
export interface UserfaultfdDetail {
  readonly kind: 'userfaultfd';
  readonly address: Hex;
  readonly pending: number;
  readonly total: number;
  readonly features: number;
}

/** struct perf_event (kernel/events/core.c). */
export interface PerfDetail {
  readonly kind: 'perf';
  readonly address: Hex;
  readonly type: number;
  readonly pmuType: number;
  /** config, config1, config2, …: those that this kernel has. */
  readonly config: readonly Hex[];
}

/** struct bpf_map (kernel/bpf/syscall.c). */
export interface BpfMapDetail {
  readonly kind: 'bpf-map';
  readonly address: Hex;
  readonly name: string;
  readonly id: number;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: Hex | null;
  readonly frozen: boolean;
  /** Bytes, as fdinfo counts them; null where that depends on a kind of map that is not known here. */
  readonly memory: Wide | null;
  /** Of an array of programs that has been used; null of all other maps. */
  readonly owner: BpfMapOwner | null;
}

/** Programs of this kind only (BPF_PROG_TYPE_*) can go on with those in the array. */
export interface BpfMapOwner {
  readonly type: number;
  readonly jited: boolean;
}

/** struct bpf_prog. */
export interface BpfProgramDetail {
  readonly kind: 'bpf-prog';
  readonly address: Hex;
  readonly name: string;
  readonly id: number;
  readonly type: number;
  readonly jited: boolean;
  readonly tag: string;
  readonly pages: number;
  readonly runTime: Wide;
  readonly runs: Wide;
  readonly misses: Wide;
  readonly verifiedInstructions: number | null;
}

/** struct io_ring_ctx (io_uring/). */
export interface IoUringDetail {
  readonly kind: 'io_uring';
  readonly address: Hex;
  readonly flags: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqHead: number;
  readonly sqTail: number;
  readonly cachedSqHead: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cachedCqTail: number;
  /** Poller thread, -1 where there is none. */
  readonly sqThread: number;
  readonly sqCpu: number;
  /** Empty before 5.19, whose fdinfo does not tell of entries. */
  readonly submissions: readonly RingSubmission[];
  readonly completions: readonly RingCompletion[];
  readonly overflow: readonly RingCompletion[];
  /** Registered files as fdinfo names them, null in empty places: short names until 6.12, then paths. */
  readonly files: readonly (string | null)[];
  /** Registered memory; null in empty places. */
  readonly buffers: readonly (RingBuffer | null)[];
  readonly polls: readonly RingPoll[];
  /** Credentials that requests may be run with. */
  readonly personalities: readonly RingPersonality[];
  /** Null before 6.9, which has none of it. */
  readonly napi: RingBusyPolling | null;
}

export interface RingPersonality {
  readonly id: number;
  readonly credentials: Credentials;
}

/** Whether it asks devices of the network for data instead of waiting for their interrupts. */
export interface RingBusyPolling {
  readonly enabled: boolean;
  /** Which devices, IO_URING_NAPI_TRACKING_*: `dynamic`, `static`, or a number; null where it is off, and before 6.13. */
  readonly tracking: string | null;
  /** For how long at a time: nanoseconds, microseconds in 6.9 and 6.10. */
  readonly time: Wide;
  /** Whether the devices are to leave it to whoever polls. */
  readonly preferred: boolean;
}

/** struct io_uring_sqe: written by the process, not yet taken by the kernel. */
export interface RingSubmission {
  readonly index: number;
  readonly opcode: number;
  /** `READV`; null where the kernel has no names. */
  readonly name: string | null;
  readonly fd: number;
  readonly flags: number;
  readonly offset: Wide;
  readonly address: Hex;
  readonly operationFlags: number;
  readonly bufferIndex: number;
  readonly userData: Wide;
  /** The second half of an entry of 128 bytes, in words of 64 bits; empty where it would lie beyond the ring's end. */
  readonly more: readonly Hex[];
}

/** struct io_uring_cqe: not yet taken by the process. */
export interface RingCompletion {
  /** Null of one that found the ring full. */
  readonly index: number | null;
  readonly userData: Wide;
  readonly result: number;
  readonly flags: number;
  /** The second half of an entry of 32 bytes. */
  readonly more: readonly Wide[];
}

/** Memory that is registered with a ring, in bytes; user addresses. */
export interface RingBuffer {
  readonly address: Hex;
  readonly bytes: Wide;
}

/** A request that waits for a file to be ready. */
export interface RingPoll {
  readonly opcode: number;
  /** Whether its task has work to do before it returns to user mode. */
  readonly taskWork: boolean;
}

/** SCM_RIGHTS descriptors on their way to a unix socket (net/unix/af_unix.c). */
export interface UnixSocketDetail {
  readonly kind: 'unix-socket';
  readonly address: Hex;
  readonly flyingFiles: number;
}

/** struct mqueue_inode_info (ipc/mqueue.c); the queue is in the snapshot of its ipc namespace under this address. */
export interface MqueueDetail {
  readonly kind: 'mqueue';
  readonly address: Hex;
}

/** A terminal (drivers/tty/tty_io.c); it is in the snapshot's terminals under this address. */
export interface TtyDetail {
  readonly kind: 'tty';
  readonly address: Hex;
  /** `ptm` of the master side. */
  readonly driver: string;
  readonly index: number;
}

/** A device file of which no more is known than its number. */
export interface DeviceDetail {
  readonly kind: 'device';
  /** Its struct inode. */
  readonly address: Hex;
  readonly block: boolean;
  readonly major: number;
  readonly minor: number;
  /** As /proc/devices names it. */
  readonly driver: string | null;
}

/** struct kioctx (fs/aio.c): a context of io_setup(2), which is no descriptor but belongs to an address space. */
export interface AioContext {
  readonly address: Hex;
  /** aio_context_t: the user address of its ring. */
  readonly id: Wide;
  /** As many as were asked for, and as the ring has room for. */
  readonly requests: number;
  readonly slots: number;
  /** Completions that the process has not taken. */
  readonly unread: number;
}

export type DescriptorDetail =
  | PipeDetail
  | EventfdDetail
  | EpollDetail
  | TimerfdDetail
  | SignalfdDetail
  | FsnotifyDetail
  | MemfdDetail
  | PidfdDetail
  | UserfaultfdDetail
  | PerfDetail
  | BpfMapDetail
  | BpfProgramDetail
  | IoUringDetail
  | UnixSocketDetail
  | MqueueDetail
  | TtyDetail
  | DeviceDetail;
