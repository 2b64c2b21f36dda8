// What to try where a step has failed: by what it does, and by its error.

import { OP, type OpName } from '../abi/records/steps.js';

interface Rule {
  readonly ops: readonly OpName[];
  /** Empty: any. */
  readonly errors: readonly number[];
  readonly advice: string;
}

const [EPERM, ENOENT, ESRCH, ENXIO, EIO, EBADF, EAGAIN, ENOMEM, EACCES] = [1, 2, 3, 6, 5, 9, 11, 12, 13];
const [EFAULT, EBUSY, EEXIST, ENODEV, EINVAL, EMFILE, ENOTTY, ENOSPC, EROFS] = [
  14, 16, 17, 19, 22, 24, 25, 28, 30,
];
const [ERANGE, ENOSYS, EBADMSG, EILSEQ, EPROTONOSUPPORT, EOPNOTSUPP] = [34, 38, 74, 84, 93, 95];
const [EADDRINUSE, EADDRNOTAVAIL, ENETDOWN, ENOBUFS, ETIMEDOUT, ESTALE] = [98, 99, 100, 105, 110, 116];
const MORE_MEMORY = 'Give the crash kernel more memory (crashkernel=), or select fewer processes';

/** What reads pages of the dead kernel. */
const WITH_PAGES = ['fill_mm', 'make_shared_memory', 'write_back', 'open_inode', 'fill_tmpfs'] as const;

/** The first that fits. */
const RULES: readonly Rule[] = [
  {
    ops: ['check_machine'],
    errors: [],
    advice: 'The plan is of another machine or another death: build it anew from this memory.',
  },
  {
    ops: ['call_crash_procedure'],
    errors: [],
    advice:
      'Crash procedures cannot be called yet: the process ends. What it lost that it would need one for, ow plan show PLAN --refusals tells.',
  },
  {
    ops: ['write_back', 'fill_tmpfs'],
    errors: [ENOSPC],
    advice:
      'Make room on that file system, or leave the file out: the dump still has its pages (ow inspect DUMP pagecache --extract).',
  },
  {
    ops: ['write_back'],
    errors: [EROFS],
    advice: 'Mount the file system for writing before the plan is executed; the pages are still in the dump.',
  },
  {
    ops: ['write_back', 'open_inode', 'open_file', 'make_inotify'],
    errors: [ESTALE],
    advice:
      'Another file stands at that path: the file system is another one, or something has written to it since the death. Mount the one that the process had, at the same place; nothing may replace files before the plan is executed.',
  },
  {
    ops: ['write_back', 'open_inode', 'open_file', 'fill_tmpfs'],
    errors: [ENOENT],
    advice:
      'The file is not where it was: is its file system mounted, at the same place? Deleted files need their pages in the plan.',
  },
  {
    ops: ['open_inode', 'open_file', 'set_directories'],
    errors: [ENODEV, ENXIO, ENOENT],
    advice: 'Mount what the process had mounted, load the driver of the device, and try again.',
  },
  {
    ops: ['make_process'],
    errors: [EEXIST],
    advice:
      'Something runs under that PID already: resurrect in a fresh pid namespace, before other services start.',
  },
  {
    ops: ['make_process'],
    errors: [EINVAL],
    advice:
      'Its PID cannot be had: it is beyond kernel.pid_max of the crash kernel (raise that before), or the group or session of another is in its way (ow plan check).',
  },
  {
    ops: ['make_process'],
    errors: [EAGAIN, ENOMEM],
    advice: `${MORE_MEMORY}; is kernel.threads-max lower there?`,
  },
  {
    ops: ['make_mm', 'fill_mm', 'make_shared_memory', 'make_shm_segment', 'fill_tmpfs'],
    errors: [ENOMEM, ENOSPC],
    advice: `${MORE_MEMORY}, or let it take back the old memory first.`,
  },
  { ops: [], errors: [ENOMEM, ENOBUFS], advice: `${MORE_MEMORY}.` },
  {
    ops: WITH_PAGES,
    errors: [EIO],
    advice:
      'Contents could not be read. Of pages that were swapped out: attach the swap device before the plan is executed; a simulation takes its image (--swap). Of others: ow plan check --dump names frames that the dump lacks.',
  },
  {
    ops: WITH_PAGES,
    errors: [EILSEQ, EBADMSG],
    advice:
      'Memory changed after the plan was made: something wrote to it (a device, a stray CPU). Compare with ow plan check --dump.',
  },
  {
    ops: ['fill_mm', 'make_shared_memory'],
    errors: [EPERM, ENXIO],
    advice:
      'The plan names a frame that is the crash kernel’s own, or no RAM of this machine: ow plan check names it (reservations, RAM ranges); build the plan anew.',
  },
  {
    ops: ['fill_mm'],
    errors: [EFAULT],
    advice:
      'Pages lie where nothing is mapped: look for a failure of make_mm before, and check the plan (ow plan check).',
  },
  {
    ops: ['fill_mm'],
    errors: [EINVAL],
    advice:
      'The crash kernel knows no guard pages (MADV_GUARD_INSTALL: 6.13, of files 6.15), or does not allow them there: use the kernel that died.',
  },
  {
    ops: ['make_mm'],
    errors: [EINVAL, EEXIST],
    advice:
      'The addresses are taken or invalid here: ow plan check names the VMA; is vm.mmap_min_addr higher in the crash kernel?',
  },
  {
    ops: ['make_process', 'set_threads'],
    errors: [EOPNOTSUPP],
    advice:
      'No executor can make threads like these: a leader that ended before the others, or threads with descriptors of their own.',
  },
  {
    ops: ['set_timers'],
    errors: [EEXIST, ENOSPC],
    advice:
      'The kernel hands out numbers of timers in order, and this one cannot be had again (before 6.15): the process must make its timers anew.',
  },
  { ops: ['install_files'], errors: [EMFILE], advice: 'Raise fs.nr_open in the crash kernel.' },
  {
    ops: ['make_socket'],
    errors: [EADDRINUSE],
    advice: 'A service of the crash kernel has taken the port: start it later.',
  },
  {
    ops: ['make_socket'],
    errors: [EADDRNOTAVAIL],
    advice: 'Configure the network interfaces before the plan is executed.',
  },
  {
    ops: ['make_socket'],
    errors: [EPROTONOSUPPORT],
    advice:
      'A TCP connection does not survive: its peer will find it closed. Let the process have a crash procedure, or let its client connect again.',
  },
  {
    ops: ['make_socket'],
    errors: [EACCES, EPERM],
    advice:
      'The directory of its name is read-only or another’s, or the crash kernel lacks the module of that family: mount and load them before.',
  },
  {
    ops: ['make_socket'],
    errors: [ENETDOWN, ENODEV],
    advice: 'Bring the network interface up, under the name that it had, before the plan is executed.',
  },
  {
    ops: ['make_shm_segment', 'make_semaphores', 'make_message_queue'],
    errors: [EEXIST, ENOSPC],
    advice:
      'Its identifier is taken, or a limit is lower here (kernel.shmmni, sem, msgmni; fs.mqueue): nothing else may make one before.',
  },
  {
    ops: ['make_inotify'],
    errors: [ERANGE],
    advice:
      'Watch descriptors only go up: too many were given back between two that are left. The process is told of no changes there.',
  },
  {
    ops: ['install_files', 'watch'],
    errors: [EBADF],
    advice:
      'What the descriptor leads to was not made: the step that should have made it, further up, says why.',
  },
  {
    ops: ['set_groups'],
    errors: [ENOTTY, EPERM, ESRCH],
    advice:
      'Its terminal could not be made, or the leader of its session or group is lost: the step that says so is further up.',
  },
  {
    ops: ['set_lock'],
    errors: [EAGAIN, EACCES],
    advice: 'Somebody else holds a lock on the file: nothing may use it before the plan is executed.',
  },
  {
    ops: ['make_terminal'],
    errors: [ENOSPC, EEXIST, EBUSY],
    advice: "The pty's number is taken: mount a fresh devpts instance before the plan is executed.",
  },
  {
    ops: ['set_attributes'],
    errors: [ENOENT],
    advice: 'Make the control groups before the plan is executed.',
  },
  {
    ops: [],
    errors: [ETIMEDOUT],
    advice:
      'A process did not come to the place where all wait: the console tells how far it came; is the crash kernel short of memory?',
  },
  {
    ops: [],
    errors: [ENOSYS, EOPNOTSUPP],
    advice: 'The crash kernel lacks it: use the kernel that died, or one with the same configuration.',
  },
  {
    ops: [],
    errors: [EPERM, EACCES],
    advice:
      'The executor lacks a right: run it as root of the initial user namespace, without a security policy in its way.',
  },
  {
    ops: [],
    errors: [],
    advice: 'Look at the object with ow plan show PLAN --kind, and check the plan (ow plan check).',
  },
];

export function adviceFor(op: number, error: number): string {
  const fits = ({ ops, errors }: Rule) =>
    (ops.length === 0 || ops.some((name) => OP[name] === op)) &&
    (errors.length === 0 || errors.includes(error));
  return (RULES.find(fits) as Rule).advice;
}
