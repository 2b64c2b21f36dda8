// A task (thread) as plain data: struct task_struct, struct signal_struct, struct cred.

import type { Hex } from '../base/address.js';
import type { Wide } from './number.js';

/** /proc/PID/stat's state letter; `X` dead, `Z` zombie, `I` idle kernel thread, `P` parked. */
export type TaskState = 'R' | 'S' | 'D' | 'T' | 't' | 'X' | 'Z' | 'P' | 'I' | '?';

/** The ids of a task in one pid namespace; level 0 is the initial one. */
export interface NamespaceIds {
  readonly level: number;
  /** Inode number of the namespace, as in /proc/PID/ns/pid. */
  readonly ns: number;
  readonly tid: number;
  readonly tgid: number;
  readonly pgid: number;
  readonly sid: number;
}

/** struct cred; capability sets as 16 hex digits, as /proc/PID/status prints them. */
export interface Credentials {
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly fsuid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly fsgid: number;
  readonly groups: readonly number[];
  readonly capInheritable: string;
  readonly capPermitted: string;
  readonly capEffective: string;
  readonly capBounding: string;
  readonly capAmbient: string;
  readonly securebits: number;
  /** Kernel address: tasks that share it are equal here. */
  readonly address: Hex;
}

export interface Task {
  /** Address of the task_struct. */
  readonly address: Hex;
  /** Thread id in the initial pid namespace; 0 for idle tasks. */
  readonly tid: number;
  /** Thread-group id: the process's PID. */
  readonly pid: number;
  /** /proc/PID/comm. */
  readonly comm: string;
  readonly state: TaskState;
  /** Raw __state | exit_state, for what the letter hides. */
  readonly stateBits: number;
  readonly kernelThread: boolean;
  /** The per-CPU idle task (tid 0). */
  readonly idle: boolean;
  readonly leader: boolean;
  /** Thread-group id of the real parent as /proc/PID/status PPid says; 0 where there is none. */
  readonly ppid: number;
  /** Tid of the tracer, 0 where untraced. */
  readonly tracerPid: number;
  /** Pids of the children of this thread, in the kernel's order. */
  readonly children: readonly number[];
  readonly pgid: number;
  readonly sid: number;
  /** /proc/PID/stat's tty_nr, 0 for none. */
  readonly ttyNr: number;
  /** Name of the controlling terminal, `pts/3`, `ttyS0`; null for none. */
  readonly tty: string | null;
  /** Foreground process group of the terminal, -1 for none. */
  readonly tpgid: number;
  /** In every pid namespace that the task is in, outermost first. */
  readonly ids: readonly NamespaceIds[];
  /** Nanoseconds of CLOCK_BOOTTIME at the start of the thread. */
  readonly startTime: Wide;
  /** PF_* flags. */
  readonly flags: number;
  readonly exitCode: number;
  readonly exitSignal: number;
  /** CPU it ran on last; `onCpu` when it was there at death. */
  readonly cpu: number;
  readonly onCpu: boolean;
  readonly prio: number;
  readonly staticPrio: number;
  readonly nice: number;
  readonly policy: number;
  /** Context switches: asked for (it slept) and not (it was preempted). */
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** Nanoseconds. */
  readonly utime: Wide;
  readonly stime: Wide;
  readonly credentials: Credentials | null;
  /** struct mm_struct, null for kernel threads and the dead; the same text where an mm is shared. */
  readonly mm: Hex | null;
  readonly filesTable: Hex | null;
  readonly signalStruct: Hex | null;
  readonly fsStruct: Hex | null;
  /** Number of threads of the process. */
  readonly threads: number;
}

/** What is known of a process as a whole and needs its user memory or the file system; read on demand. */
export interface ProcessDetail {
  readonly pid: number;
  /** Paths as readlink on /proc/PID/{exe,cwd,root} gives them (` (deleted)` included); null where there is none. */
  readonly exe: string | null;
  readonly cwd: string | null;
  readonly root: string | null;
  /** /proc/PID/cmdline, split at NUL. Bytes that are no UTF-8, here and in every name: U+DC80 to U+DCFF. */
  readonly cmdline: readonly string[];
  readonly environ: readonly string[];
  /** /proc/PID/auxv as [type, value] pairs, AT_NULL left out; values as hex. */
  readonly auxv: readonly (readonly [number, Hex])[];
}
