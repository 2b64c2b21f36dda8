// Tasks: identity, family, scheduling; of the idle tasks what they have of it.

import type { Snapshot, SnapshotTask } from '../../../src/snapshot/snapshot.js';
import { account, hex, type Kind, subject, text, utf8, type Value } from '../facts.js';
import type { OracleTask } from '../oracle.js';

const PF_WQ_WORKER = 0x20;
const PF_KTHREAD = 0x200000;

/** What explanations may ask of a task. */
export function taskTags(task: SnapshotTask): string[] {
  return [
    ...(task.onCpu ? ['running'] : []),
    ...(task.idle ? ['idle'] : []),
    ...(task.kernelThread ? ['kernel thread'] : []),
    ...(task.state === 'Z' || task.state === 'X' ? ['dead'] : []),
    ...(task.flags & PF_WQ_WORKER ? ['workqueue'] : []),
    ...(task.pid !== task.tid ? ['thread'] : []),
  ];
}

/** `127 mariadbd`. */
export function taskLabel({ tid, comm }: { tid: number; comm: string }): string {
  return `${tid} ${comm}`;
}

export function taskSubject(task: SnapshotTask, fields: Readonly<Record<string, Value>>) {
  return [task.address, subject(taskLabel(task), fields, taskTags(task))] as const;
}

export function oracleSubject(task: OracleTask, fields: Readonly<Record<string, Value>>) {
  return [task.address, subject(taskLabel({ tid: task.pid, comm: utf8(task.comm) }), fields)] as const;
}

export const tasks: Kind = {
  name: 'task',
  ours: ({ snapshot }) =>
    account(snapshot.tasks, (task) => (task.idle ? null : taskSubject(task, ourFields(task)))),
  theirs: (oracle) => account(oracle.tasks, (task) => oracleSubject(task, theirFields(task))),
};

function ourFields(task: SnapshotTask): Record<string, Value> {
  const scheduling = task.attributes?.scheduling;
  return {
    tid: task.tid,
    pid: task.pid,
    parent: task.ppid,
    comm: task.comm,
    state: task.state,
    flags: hex(task.flags),
    'kernel thread': task.kernelThread,
    ids: task.ids.map(({ tid }) => tid),
    group: task.pgid,
    session: task.sid,
    tty: task.tty,
    threads: task.threads,
    'start time': text(task.startTime),
    mm: task.mm,
    files: task.filesTable,
    'exit code': task.exitCode,
    'exit signal': task.exitSignal,
    tracer: task.tracerPid,
    policy: task.policy,
    priority: [task.prio, task.staticPrio, scheduling?.rtPriority ?? null],
    cpu: task.cpu,
    'on CPU': task.onCpu,
    'cpus allowed': scheduling?.cpusAllowed ?? null,
    switches: [task.voluntarySwitches, task.involuntarySwitches],
    'run time': text(scheduling?.runTime ?? null),
    'run delay': text(scheduling?.runDelay ?? null),
    'times run': text(scheduling?.timesRun ?? null),
    'timer slack': text(scheduling?.timerSlack ?? null),
  };
}

function theirFields(task: OracleTask): Record<string, Value> {
  const { ids, attributes } = task;
  const scheduling = attributes?.scheduling;
  return {
    tid: task.pid,
    pid: task.tgid,
    parent: task.ppid,
    comm: utf8(task.comm),
    state: task.state,
    flags: hex(Number(task.flags)),
    'kernel thread': isKernelThread(task),
    ids: ids?.by_namespace ?? null,
    group: ids?.pgid ?? 0,
    session: ids?.sid ?? 0,
    tty: terminal(ids?.tty ?? null),
    threads: ids?.threads ?? null,
    'start time': text(task.start_boottime),
    mm: task.mm,
    files: task.files,
    'exit code': attributes?.exit_code ?? null,
    'exit signal': attributes?.exit_signal ?? null,
    tracer: attributes?.tracer ?? null,
    policy: scheduling?.policy ?? null,
    priority: [scheduling?.prio ?? null, scheduling?.static_prio ?? null, scheduling?.rt_priority ?? null],
    cpu: scheduling?.cpu ?? null,
    'on CPU': scheduling?.on_cpu === 1,
    'cpus allowed': scheduling?.cpus ?? null,
    switches: [scheduling?.voluntary ?? null, scheduling?.involuntary ?? null],
    'run time': text(scheduling?.run_time ?? null),
    'run delay': text(scheduling?.run_delay ?? null),
    'times run': text(scheduling?.times_run ?? null),
    'timer slack': text(scheduling?.timer_slack ?? null),
  };
}

export function isKernelThread({ flags }: OracleTask): boolean {
  return (Number(flags) & PF_KTHREAD) !== 0;
}

/** tty_struct.name has no slash: `pts3` is /dev/pts/3. */
function terminal(name: string | null): string | null {
  return name?.replace(/^pts(?=\d)/, 'pts/') ?? null;
}

export const idle: Kind = {
  name: 'idle task',
  ours: ({ snapshot }) =>
    account(snapshot.tasks, (task) =>
      task.idle
        ? taskSubject(task, { comm: task.comm, state: task.state, flags: hex(task.flags), pid: task.pid })
        : null,
    ),
  theirs: ({ idle: all }) =>
    account(all, ({ address, comm, state, flags, tgid }) => [
      address,
      subject(comm, { comm, state, flags: hex(Number(flags)), pid: tgid }),
    ]),
};

/** Tasks by the thread id that other parts of the snapshot refer to them by. */
export function byTid(snapshot: Snapshot): Map<number, SnapshotTask> {
  return new Map(snapshot.tasks.filter((task) => !task.idle).map((task) => [task.tid, task]));
}
