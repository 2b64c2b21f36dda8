// What the system calls of x86-64 that can sleep return when a signal without a handler interrupts them. From the kernel's
// sources, 5.10 and later, by the file and function that decide, and signal(7), "Interruption of system calls by stop
// signals": no handler runs when a process is resurrected, so that ERESTARTSYS, ERESTARTNOINTR and ERESTARTNOHAND are all
// the same (the call begins anew), and only those that say EINTR by themselves fail.

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
  /** Requests, its second argument, with which it says EINTR all the same. */
  readonly interruptedRequests?: readonly bigint[];
}

/** TCSBRK, TIOCSETD, TCSBRKP, TIOCSBRK (include/uapi/asm-generic/ioctls.h). */
const DRAINING = [0x5409n, 0x5423n, 0x5425n, 0x5427n];

const call = (name: string, interruption: Interruption, rest: Partial<SleepingCall> = {}): SleepingCall => ({
  name,
  interruption,
  ...rest,
});
const IN = { direction: 'in' } as const;
const OUT = { direction: 'out' } as const;

/** These never sleep, but a thread that had a CPU, or waited for one, may be in them. They only ask. */
const ASKING: Readonly<Record<number, string>> = {
  // Of itself and others: kernel/sys.c, kernel/groups.c, kernel/signal.c, block/ioprio.c.
  ...{ 39: 'getpid', 110: 'getppid', 186: 'gettid', 111: 'getpgrp', 121: 'getpgid', 124: 'getsid' },
  ...{ 102: 'getuid', 104: 'getgid', 107: 'geteuid', 108: 'getegid', 115: 'getgroups' },
  ...{
    118: 'getresuid',
    120: 'getresgid',
    127: 'rt_sigpending',
    97: 'getrlimit',
    98: 'getrusage',
    100: 'times',
  },
  ...{ 63: 'uname', 99: 'sysinfo', 140: 'getpriority', 252: 'ioprio_get', 312: 'kcmp', 309: 'getcpu' },
  // kernel/sched/syscalls.c.
  ...{ 143: 'sched_getparam', 145: 'sched_getscheduler', 204: 'sched_getaffinity', 315: 'sched_getattr' },
  ...{ 146: 'sched_get_priority_max', 147: 'sched_get_priority_min', 148: 'sched_rr_get_interval' },
  // kernel/time/, fs/timerfd.c.
  ...{ 96: 'gettimeofday', 201: 'time', 228: 'clock_gettime', 229: 'clock_getres', 36: 'getitimer' },
  ...{ 224: 'timer_gettime', 225: 'timer_getoverrun', 287: 'timerfd_gettime' },
  // fs/d_path.c, fs/xattr.c, mm/mincore.c, net/socket.c.
  ...{ 79: 'getcwd', 191: 'getxattr', 192: 'lgetxattr', 193: 'fgetxattr' },
  ...{ 194: 'listxattr', 195: 'llistxattr', 196: 'flistxattr', 27: 'mincore' },
  ...{ 51: 'getsockname', 52: 'getpeername' },
};

const repeated = (names: Readonly<Record<number, string>>) =>
  Object.fromEntries(Object.entries(names).map(([number, name]) => [number, call(name, 'repeat')]));

/** By number (arch/x86/entry/syscalls/syscall_64.tbl). */
export const SLEEPING_CALLS: Readonly<Record<number, SleepingCall>> = {
  // ERESTARTSYS of what is behind fs/read_write.c: pipe_read() and pipe_write() in fs/pipe.c, n_tty_read() and n_tty_write()
  // in drivers/tty/n_tty.c, eventfd_read() and eventfd_write() in fs/eventfd.c, timerfd_read(), signalfd_dequeue(),
  // inotify_read() and fanotify_read() under fs/.
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
  // A FIFO waits for its other end: wait_for_partner() in fs/pipe.c, ERESTARTSYS.
  2: call('open', 'restart'),
  85: call('creat', 'restart'),
  257: call('openat', 'restart'),
  437: call('openat2', 'restart'),
  // set_termios() in drivers/tty/tty_ioctl.c ERESTARTSYS; what else waits until a terminal has drained is sent out of
  // tty_ioctl() in drivers/tty/tty_io.c with EINTR.
  16: call('ioctl', 'restart', { interruptedRequests: DRAINING }),
  // fcntl_setlk() and locks_lock_inode_wait() in fs/locks.c, ERESTARTSYS.
  72: call('fcntl', 'restart'),
  73: call('flock', 'restart'),
  // fs/select.c: core_sys_select() and ppoll ERESTARTNOHAND, poll a restart block.
  7: call('poll', 'poll'),
  23: call('select', 'restart', { timeout: 4 }),
  270: call('pselect6', 'restart', { timeout: 4 }),
  271: call('ppoll', 'restart', { timeout: 2 }),
  // fs/eventpoll.c, ep_poll(): EINTR.
  232: call('epoll_wait', 'interrupted'),
  281: call('epoll_pwait', 'interrupted'),
  441: call('epoll_pwait2', 'interrupted'),
  // fs/aio.c: io_getevents EINTR, io_pgetevents ERESTARTNOHAND. io_uring/io_uring.c (before 5.19 fs/io_uring.c),
  // io_cqring_wait(): EINTR.
  208: call('io_getevents', 'interrupted'),
  333: call('io_pgetevents', 'restart', { timeout: 4 }),
  426: call('io_uring_enter', 'interrupted'),
  // kernel/signal.c: pause and sigsuspend() ERESTARTNOHAND, do_sigtimedwait() EINTR.
  34: call('pause', 'restart'),
  128: call('rt_sigtimedwait', 'interrupted'),
  130: call('rt_sigsuspend', 'restart'),
  // hrtimer_nanosleep() in kernel/time/hrtimer.c, and do_cpu_nanosleep() in posix-cpu-timers.c: a restart block, or
  // ERESTARTNOHAND where the time is absolute. kernel/futex/ (before 5.16 kernel/futex.c): futex_wait() a restart block where
  // it has a time-out, else ERESTARTSYS; futex_lock_pi() and futex_wait_requeue_pi() ERESTARTNOINTR; futex_wait_multiple() and
  // the newer futex_wait ERESTARTSYS, their times are absolute.
  35: call('nanosleep', 'sleep'),
  230: call('clock_nanosleep', 'sleep'),
  202: call('futex', 'futex'),
  449: call('futex_waitv', 'restart'),
  455: call('futex_wait', 'restart'),
  219: call('restart_syscall', 'resume'),
  // do_wait() in kernel/exit.c ERESTARTSYS; kernel_clone() in kernel/fork.c.
  61: call('wait4', 'restart'),
  247: call('waitid', 'restart'),
  56: call('clone', 'vfork'),
  58: call('vfork', 'vfork'),
  435: call('clone3', 'vfork'),
  60: call('exit', 'repeat'),
  231: call('exit_group', 'repeat'),
  24: call('sched_yield', 'repeat'),
  // What is behind net/socket.c: sock_intr_errno() in include/net/sock.h, by inet_stream_connect(), inet_csk_accept(),
  // tcp_recvmsg(), sk_stream_wait_memory(), __skb_wait_for_more_packets() and others.
  42: call('connect', 'socket'),
  43: call('accept', 'socket'),
  288: call('accept4', 'socket'),
  44: call('sendto', 'socket', OUT),
  46: call('sendmsg', 'socket', OUT),
  307: call('sendmmsg', 'socket', OUT),
  45: call('recvfrom', 'socket', IN),
  47: call('recvmsg', 'socket', IN),
  299: call('recvmmsg', 'socket', IN),
  // __do_semtimedop() in ipc/sem.c EINTR; do_msgsnd() and do_msgrcv() in ipc/msg.c ERESTARTNOHAND; wq_sleep() in
  // ipc/mqueue.c ERESTARTSYS, with a time that is absolute.
  65: call('semop', 'interrupted'),
  220: call('semtimedop', 'interrupted'),
  69: call('msgsnd', 'restart'),
  70: call('msgrcv', 'restart'),
  242: call('mq_timedsend', 'restart'),
  243: call('mq_timedreceive', 'restart'),
  // wait_for_random_bytes() in drivers/char/random.c, before it is seeded: ERESTARTSYS.
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
  // Disk too: what only asks (fs/stat.c, fs/open.c, fs/statfs.c), or sets what it would set again.
  4: call('stat', 'repeat'),
  5: call('fstat', 'repeat'),
  6: call('lstat', 'repeat'),
  262: call('newfstatat', 'repeat'),
  332: call('statx', 'repeat'),
  21: call('access', 'repeat'),
  269: call('faccessat', 'repeat'),
  439: call('faccessat2', 'repeat'),
  89: call('readlink', 'repeat'),
  267: call('readlinkat', 'repeat'),
  78: call('getdents', 'repeat'),
  137: call('statfs', 'repeat'),
  138: call('fstatfs', 'repeat'),
  76: call('truncate', 'repeat'),
  77: call('ftruncate', 'repeat'),
  187: call('readahead', 'repeat'),
  149: call('mlock', 'repeat'),
  325: call('mlock2', 'repeat'),
  ...repeated(ASKING),
};
