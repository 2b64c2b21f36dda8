// What the executor is to do, in the order of stages. Every object is made once; of a lost process nothing is done.

import { FILE_KIND, TERMINAL_KIND } from '../abi/records/files.js';
import { NAMESPACE_FLAG } from '../abi/records/identity.js';
import type { ObjectKind, PlanObjects } from '../abi/records/plan.js';
import { PROCESS_STATE, type Process, VERDICT } from '../abi/records/processes.js';
import { OP, OP_TARGET, STAGE, type Step } from '../abi/records/steps.js';
import { THREAD_FLAG } from '../abi/records/threads.js';

type Op = Step['op'];
type Objects = Omit<PlanObjects, 'step'>;

const { prepare, storage, objects, tree, files, memory, signals, attributes, threads, resume } = STAGE;

/** For every object that the operation is about, in their order. */
const OBJECTS: readonly (readonly [Step['stage'], Op])[] = [
  [storage, OP.write_back],
  [storage, OP.fill_tmpfs],
  [objects, OP.make_shared_memory],
  [objects, OP.make_shm_segment],
  [objects, OP.make_semaphores],
  [objects, OP.make_message_queue],
  [objects, OP.make_terminal],
  [objects, OP.make_pipe],
  [objects, OP.make_socket],
  [objects, OP.make_eventfd],
  [objects, OP.make_timerfd],
  [objects, OP.make_signalfd],
  [objects, OP.make_inotify],
  [objects, OP.make_epoll],
  [objects, OP.open_inode],
];
/** The same, behind the tree of processes. */
const SHARED: readonly (readonly [Step['stage'], Op])[] = [
  [files, OP.watch],
  [files, OP.install_files],
  [files, OP.set_directories],
  [files, OP.set_lock],
  [memory, OP.make_mm],
  [memory, OP.fill_mm],
  [signals, OP.set_handlers],
];

/** Files that are of a process: opened when there are processes. */
const OF_PROCESSES: readonly number[] = [FILE_KIND.pidfd, FILE_KIND.proc];

/** For every process that is not lost; `when`: what of it there must be. */
const PROCESSES: readonly (readonly [Step['stage'], Op, (process: Process) => boolean])[] = [
  [signals, OP.set_signals, runs],
  [signals, OP.set_timers, hasTimers],
  [attributes, OP.set_attributes, runs],
  [attributes, OP.set_credentials, runs],
  [attributes, OP.set_seccomp, isConfined],
  [threads, OP.set_threads, runs],
];

function runs({ state }: Process): boolean {
  return state !== PROCESS_STATE.zombie;
}

function hasTimers({ intervalTimers, posixTimers }: Process): boolean {
  return intervalTimers.length + posixTimers.length > 0;
}

function isConfined(process: Process): boolean {
  const confined = process.threads.some(
    ({ seccompMode, flags }) => seccompMode !== 0 || (flags & THREAD_FLAG.no_new_privs) !== 0,
  );
  return runs(process) && confined;
}

export function planSteps(plan: Objects): readonly Step[] {
  const one = (stage: Step['stage'], op: Op, object: number | null, process: number | null = null): Step => ({
    ...{ stage, op, object, process },
  });
  const each = ([stage, op]: readonly [Step['stage'], Op]): Step[] =>
    order(plan, OP_TARGET[op] as ObjectKind).map((object) => one(stage, op, object));
  const alive = [...plan.process.keys()].filter((index) => plan.process[index]?.verdict !== VERDICT.lost);
  const ofProcesses = (stage: Step['stage'], op: Op, when: (process: Process) => boolean): Step[] =>
    alive
      .filter((index) => when(plan.process[index] as Process))
      .map((index) => one(stage, op, index, index));
  const asked = (process: Process) => runs(process) && process.verdict === VERDICT.needs_crash_procedure;
  const opened = [...plan.file.keys()];
  const isOfProcess = (index: number) => OF_PROCESSES.includes(plan.file[index]?.kind ?? 0);
  const inStages = [
    one(prepare, OP.check_machine, null),
    one(prepare, OP.set_clocks, null),
    ...ownNamespaces(plan).map((index) => one(prepare, OP.make_namespace, index)),
    ...OBJECTS.flatMap(each),
    ...opened.filter((index) => !isOfProcess(index)).map((index) => one(objects, OP.open_file, index)),
    ...ofProcesses(tree, OP.make_process, () => true),
    ...ofProcesses(tree, OP.set_groups, () => true),
    ...opened.filter(isOfProcess).map((index) => one(files, OP.open_file, index)),
    ...SHARED.flatMap(each),
    ...PROCESSES.flatMap(([stage, op, when]) => ofProcesses(stage, op, when)),
    ...ofProcesses(resume, OP.call_crash_procedure, asked),
    ...ofProcesses(resume, OP.resume, () => true),
  ];
  return inStages.sort((a, b) => a.stage - b.stage);
}

function ownNamespaces({ namespace }: Objects): number[] {
  const own = (index: number) => ((namespace[index]?.flags ?? 0) & NAMESPACE_FLAG.initial) === 0;
  return [...namespace.keys()].filter(own);
}

/** Indices; of ptys the masters first, which make their slaves. */
function order(plan: Objects, kind: ObjectKind): number[] {
  const indices = [...(plan as PlanObjects)[kind].keys()];
  if (kind !== 'terminal') return indices;
  const isMaster = (index: number) => plan.terminal[index]?.kind === TERMINAL_KIND.pty_master;
  return [...indices.filter(isMaster), ...indices.filter((index) => !isMaster(index))];
}
