// The members of task_struct and its nearest neighbours that the readers here share (include/linux/sched.h,
// sched/signal.h, pid.h). A `?` marks what not every kernel has.

export const TASK = {
  flags: 'flags',
  pid: 'pid',
  tgid: 'tgid',
  comm: 'comm',
  mm: 'mm',
  stack: 'stack',
  exitState: 'exit_state',
  exitCode: 'exit_code',
  exitSignal: 'exit_signal',
  ptrace: 'ptrace',
  onCpu: 'on_cpu',
  prio: 'prio',
  staticPrio: 'static_prio',
  policy: 'policy',
  voluntary: 'nvcsw',
  involuntary: 'nivcsw',
  realParent: 'real_parent',
  parent: 'parent',
  children: 'children',
  sibling: 'sibling',
  groupLeader: 'group_leader',
  tasks: 'tasks',
  threadNode: 'thread_node',
  threadPid: 'thread_pid',
  pidLinks: 'pid_links',
  startBoottime: 'start_boottime',
  utime: 'utime',
  stime: 'stime',
  realCred: 'real_cred',
  fs: 'fs',
  files: 'files',
  signal: 'signal',
} as const;

export const SIGNAL = {
  threadHead: 'thread_head',
  threads: 'nr_threads',
  pids: 'pids',
  tty: 'tty',
} as const;

export const PID = { level: 'level', tasks: 'tasks', numbers: 'numbers' } as const;
export const UPID = { nr: 'nr', ns: 'ns' } as const;
export const PID_NAMESPACE = { inum: 'ns.inum' } as const;

/** enum pid_type. */
export const PIDTYPE = { pid: 0, tgid: 1, pgid: 2, sid: 3 } as const;

/** PF_* (include/linux/sched.h); these have kept their values since before 5.10. */
export const PF = { idle: 0x2, wqWorker: 0x20, kthread: 0x0020_0000 } as const;
