// What of processes and threads is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

const { noted, crash_procedure, fatal } = SEVERITY;

export const PROCESS_RESOURCES = {
  init: {
    title: 'PID 1',
    planned: '',
    refused: 'The crash kernel has an init of its own, which takes over the children.',
    severity: noted,
    crashBits: 0,
  },
  parent: {
    title: 'Parents, sessions and process groups',
    planned: 'PIDs, parents, sessions, process groups, zombies with their exit codes, stopped processes.',
    refused: 'A parent outside the plan, other than PID 1: the process becomes a child of init.',
    severity: noted,
    crashBits: CRASH_BIT.process,
  },
  registers: {
    title: 'General registers',
    planned: 'All, with segment bases and set_thread_area(2)’s descriptors.',
    refused: 'Those of a thread that could not be read, or that user mode cannot have.',
    severity: fatal,
    crashBits: CRASH_BIT.registers,
  },
  registers_stale: {
    title: 'Registers of a thread in user mode on a CPU',
    planned: 'As otherworld.ko had the CPU save them at the panic, or as its crash note has them.',
    refused: 'Where neither tells: the registers are those of its last entry to the kernel.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.registers,
  },
  fpu: {
    title: 'Vector registers',
    planned: 'The FXSAVE or XSAVE area as the kernel had it.',
    refused: 'Those of a thread that could not be read, or that no CPU would take.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.fpu,
  },
  fpu_stale: {
    title: 'Vector registers of a thread on a CPU',
    planned:
      'What otherworld.ko had the CPU save at the panic; else what the kernel saved when the thread left a CPU last.',
    refused: 'What was in the CPU since then, where it was not saved.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.fpu,
  },
  call_unknown: {
    title: 'System calls under way',
    planned:
      'Threads asleep in a system call: it begins anew, goes on with what time is left, or gives EINTR, as the kernel does on a signal without a handler.',
    refused:
      'A call whose effect is not known (it was running, or sleeps where no signal reaches it): it gives EINTR.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.registers,
  },
  call_timeout: {
    title: 'Timeouts of select, pselect, ppoll, io_pgetevents',
    planned: 'What time is left, where the timer that is to wake the thread tells it.',
    refused: 'Without one, and of io_pgetevents: the call begins again with its whole timeout.',
    severity: noted,
    crashBits: 0,
  },
  foreign_call: {
    title: 'System calls of 32-bit and x32 code',
    planned: '',
    refused: 'Their rules are not known here: a call in progress gives EINTR.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.registers,
  },
  vfork: {
    title: 'vfork(2)',
    planned: 'The child, and the result that the parent will get.',
    refused: 'That the parent waits until the child has let go of their memory.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.process,
  },
  shared_process: {
    title: 'What processes share',
    planned: 'Memory, descriptors, directories and handlers, where the threads of one process share them.',
    refused:
      'That processes share them (CLONE_VM, CLONE_FILES, CLONE_FS, CLONE_SIGHAND without CLONE_THREAD), or that a thread has descriptors of its own: each would go on with a copy.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.process,
  },
  ptrace: {
    title: 'ptrace(2)',
    planned: '',
    refused: 'Tracer and traced process are no more so; a stop for the tracer becomes an ordinary one.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.tracing,
  },
  seccomp_filter: {
    title: 'Seccomp',
    planned: 'Strict mode, no_new_privs.',
    refused: 'Filters: the kernel keeps no copy of their instructions that a snapshot would have.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.security,
  },
  credentials: {
    title: 'Credentials',
    planned: 'All ids, groups, capabilities and securebits; each struct cred once.',
    refused: 'Those that could not be read.',
    severity: fatal,
    crashBits: CRASH_BIT.security,
  },
  security_label: {
    title: 'Labels of security modules (LSM)',
    planned: 'Processes that AppArmor, Landlock, SELinux, Smack and TOMOYO did not confine.',
    refused:
      'What a profile of AppArmor (in enforce, complain or kill mode, now or at the next exec) or a ruleset of Landlock confined; every process where SELinux or TOMOYO had a policy loaded, where Smack or a module that is not known here was active, or where labels could not be read.',
    severity: fatal,
    crashBits: CRASH_BIT.security,
  },
  profile_name: {
    title: 'Profiles of AppArmor in unconfined mode',
    planned: 'The process, which nothing was kept from.',
    refused: 'The name: it goes on as `unconfined`.',
    severity: noted,
    crashBits: 0,
  },
  directories: {
    title: 'Working and root directory, umask',
    planned: 'Of each process; threads that share them share them again.',
    refused: 'Directories of a thread that has its own (CLONE_FS left out): it gets those of its leader.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.file,
  },
  mount_namespace: {
    title: 'Namespaces',
    planned:
      'The initial ones stand for the executor’s; user namespaces with their maps, UTS with names, time with offsets, pid with all ids, IPC with its objects.',
    refused: 'A mount namespace of one’s own: its mounts are not in the plan.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.namespace,
  },
  network_namespace: {
    title: 'Network namespaces',
    planned: 'The initial one.',
    refused: 'Others: their devices, addresses and routes are not in the plan.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.namespace,
  },
  cgroup_namespace: {
    title: 'Control-group namespaces',
    planned: 'The path of each process in each hierarchy.',
    refused: 'The root of a cgroup namespace of one’s own.',
    severity: noted,
    crashBits: CRASH_BIT.namespace,
  },
  scheduling: {
    title: 'Scheduling',
    planned: 'Policy, nice value, priorities, deadline parameters, CPUs, timer slack, I/O priority.',
    refused: 'Policies that are not known here: the thread gets SCHED_NORMAL.',
    severity: noted,
    crashBits: CRASH_BIT.scheduling,
  },
  signals: {
    title: 'Signals',
    planned:
      'Handlers, masks, pending signals with siginfo, alternate stacks; which processes share handlers.',
    refused: 'Those of a process that could not be read.',
    severity: fatal,
    crashBits: CRASH_BIT.signal,
  },
  timers: {
    title: 'Timers',
    planned: 'Interval and POSIX timers with the time that remains, their intervals, overruns.',
    refused: 'Timers whose clock, or whom they signal, cannot be told.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.timer,
  },
  damaged_process: {
    title: 'Damaged processes',
    planned: '',
    refused: 'Numbers in the kernel’s structures of a process that no kernel has there: they are cut.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.process,
  },
  damaged_object: {
    title: 'Damaged objects',
    planned: '',
    refused: 'Numbers in other structures that no kernel has there: they are cut.',
    severity: noted,
    crashBits: 0,
  },
} as const satisfies Record<string, Resource>;
