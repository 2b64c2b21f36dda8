// What the system calls of x86-64 that can sleep return when a signal without a handler interrupts them. From the kernel's
// sources, by the file that decides, and signal(7), "Interruption of system calls by stop signals": no handler runs when a
// process is resurrected, so that ERESTARTSYS, ERESTARTNOINTR and ERESTARTNOHAND are all the same (the call begins anew),
// and only those that say EINTR by themselves fail.

/**
 * `restart`: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND. `interrupted`: EINTR, always. `socket`: EINTR where the socket
 * has a timeout, else ERESTARTSYS (sock_intr_errno() in include/net/sock.h). `sleep`, `poll`, `futex`:
 * ERESTART_RESTARTBLOCK, where time is limited and relative. `resume`: restart_syscall(2), which goes on with one of these.
 * `repeat`: sleeps without regard to signals; done again it has the same effect. `vfork`: waits for its child.
 */
export type Interruption =
  | 'restart'
  | 'interrupted'
  | 'socket'
  | 'sleep'
  | 'poll'
  | 'futex'
  | 'resume'
  | 'repeat'
  | 'vfork';

export interface SleepingCall {
  readonly name: string;
  readonly interruption: Interruption;
  /** Which argument points to a timeout that starts anew with the call: from 0. */
  readonly timeout?: number;
  /** What it has moved by then is its result, so that one that still sleeps has moved nothing that counts. */
  readonly direction?: 'in' | 'out';
}

const call = (name: string, interruption: Interruption, rest: Partial<SleepingCall> = {}): SleepingCall => ({
  name,
  interruption,
  ...rest,
});
const IN = { direction: 'in' } as const;
const OUT = { direction: 'out' } as const;

/** By number (arch/x86/entry/syscalls/syscall_64.tbl). */
export const SLEEPING_CALLS: Readonly<Record<number, SleepingCall>> = {
  // fs/read_write.c and what is behind it: fs/pipe.c, drivers/tty/n_tty.c, fs/eventfd.c, timerfd.c, signalfd.c, inotify.
  0: call('read', 'restart', IN),
  1: call('write', 'restart', OUT),
  17: call('pread64', 'restart', IN),
  18: call('pwrite64', 'restart', OUT),
  19: call('readv', 'restart', IN),
  20: call('writev', 'restart', OUT),
  295: call('preadv', 'restart', IN),
  296: call('pwritev', 'restart', OUT),
  327: call('preadv2', 'restart', IN),
  328: call('pwritev2', 'restart', OUT),
  // fs/splice.c.
  40: call('sendfile', 'restart', OUT),
  275: call('splice', 'restart', OUT),
  276: call('tee', 'restart', OUT),
  278: call('vmsplice', 'restart', OUT),
  326: call('copy_file_range', 'restart', OUT),
  // fs/open.c, fs/fifo.c: a FIFO waits for its other end.
  2: call('open', 'restart'),
  85: call('creat', 'restart'),
  257: call('openat', 'restart'),
  437: call('openat2', 'restart'),
  // A terminal that drains, and their like.
  16: call('ioctl', 'restart'),
  // fs/locks.c.
  72: call('fcntl', 'restart'),
  73: call('flock', 'restart'),
  // fs/select.c: select and pselect6 ERESTARTNOHAND, poll a restart block, ppoll ERESTARTNOHAND.
  7: call('poll', 'poll'),
  23: call('select', 'restart', { timeout: 4 }),
  270: call('pselect6', 'restart', { timeout: 4 }),
  271: call('ppoll', 'restart', { timeout: 2 }),
  // fs/eventpoll.c, ep_poll().
  232: call('epoll_wait', 'interrupted'),
  281: call('epoll_pwait', 'interrupted'),
  441: call('epoll_pwait2', 'interrupted'),
  // fs/aio.c: io_getevents EINTR, io_pgetevents ERESTARTNOHAND. io_uring/: io_cqring_wait().
  208: call('io_getevents', 'interrupted'),
  333: call('io_pgetevents', 'restart', { timeout: 4 }),
  426: call('io_uring_enter', 'interrupted'),
  // kernel/signal.c.
  34: call('pause', 'restart'),
  128: call('rt_sigtimedwait', 'interrupted'),
  130: call('rt_sigsuspend', 'restart'),
  // kernel/time/hrtimer.c, posix-timers.c; kernel/futex/.
  35: call('nanosleep', 'sleep'),
  230: call('clock_nanosleep', 'sleep'),
  202: call('futex', 'futex'),
  449: call('futex_waitv', 'restart'),
  455: call('futex_wait', 'restart'),
  219: call('restart_syscall', 'resume'),
  // kernel/exit.c, kernel/fork.c.
  61: call('wait4', 'restart'),
  247: call('waitid', 'restart'),
  56: call('clone', 'vfork'),
  58: call('vfork', 'vfork'),
  435: call('clone3', 'vfork'),
  60: call('exit', 'repeat'),
  231: call('exit_group', 'repeat'),
  24: call('sched_yield', 'repeat'),
  // net/socket.c and what is behind it.
  42: call('connect', 'socket'),
  43: call('accept', 'socket'),
  288: call('accept4', 'socket'),
  44: call('sendto', 'socket', OUT),
  46: call('sendmsg', 'socket', OUT),
  307: call('sendmmsg', 'socket', OUT),
  45: call('recvfrom', 'socket', IN),
  47: call('recvmsg', 'socket', IN),
  299: call('recvmmsg', 'socket', IN),
  // ipc/sem.c EINTR; ipc/msg.c ERESTARTNOHAND; ipc/mqueue.c ERESTARTSYS, with a time that is absolute.
  65: call('semop', 'interrupted'),
  220: call('semtimedop', 'interrupted'),
  69: call('msgsnd', 'restart'),
  70: call('msgrcv', 'restart'),
  242: call('mq_timedsend', 'restart'),
  243: call('mq_timedreceive', 'restart'),
  // drivers/char/random.c, before it is seeded.
  318: call('getrandom', 'restart'),
  // Disk: fs/sync.c, mm/msync.c, fs/readdir.c.
  26: call('msync', 'repeat'),
  74: call('fsync', 'repeat'),
  75: call('fdatasync', 'repeat'),
  162: call('sync', 'repeat'),
  277: call('sync_file_range', 'repeat'),
  306: call('syncfs', 'repeat'),
  217: call('getdents64', 'repeat'),
  28: call('madvise', 'repeat'),
};
