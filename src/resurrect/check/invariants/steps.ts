// Steps: all that is to be done, once, in an order that works.

import { oncePer } from '../../../base/once-per.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { PlanObjects } from '../../abi/records/plan.js';
import { PROCESS_STATE, VERDICT } from '../../abi/records/processes.js';
import { OP, OP_NAME, OP_TARGET, STAGE, type Step } from '../../abi/records/steps.js';
import type { Invariant } from '../invariant.js';
import type { Subject } from '../subject.js';

type Op = (typeof OP)[keyof typeof OP];

const STAGE_OF: Readonly<Record<Op, number>> = {
  [OP.check_machine]: STAGE.prepare,
  [OP.set_clocks]: STAGE.prepare,
  [OP.make_namespace]: STAGE.prepare,
  [OP.write_back]: STAGE.storage,
  [OP.fill_tmpfs]: STAGE.storage,
  [OP.make_shared_memory]: STAGE.objects,
  [OP.make_shm_segment]: STAGE.objects,
  [OP.make_semaphores]: STAGE.objects,
  [OP.make_message_queue]: STAGE.objects,
  [OP.make_terminal]: STAGE.objects,
  [OP.make_pipe]: STAGE.objects,
  [OP.make_socket]: STAGE.objects,
  [OP.make_eventfd]: STAGE.objects,
  [OP.make_timerfd]: STAGE.objects,
  [OP.make_signalfd]: STAGE.objects,
  [OP.make_inotify]: STAGE.objects,
  [OP.make_epoll]: STAGE.objects,
  [OP.open_inode]: STAGE.objects,
  [OP.open_file]: STAGE.objects,
  [OP.watch]: STAGE.files,
  [OP.make_process]: STAGE.tree,
  [OP.set_groups]: STAGE.tree,
  [OP.install_files]: STAGE.files,
  [OP.set_directories]: STAGE.files,
  [OP.set_lock]: STAGE.files,
  [OP.make_mm]: STAGE.memory,
  [OP.fill_mm]: STAGE.memory,
  [OP.set_handlers]: STAGE.signals,
  [OP.set_signals]: STAGE.signals,
  [OP.set_timers]: STAGE.signals,
  [OP.set_attributes]: STAGE.attributes,
  [OP.set_credentials]: STAGE.attributes,
  [OP.set_seccomp]: STAGE.attributes,
  [OP.set_threads]: STAGE.threads,
  [OP.call_crash_procedure]: STAGE.resume,
  [OP.resume]: STAGE.resume,
};

/** Files that are opened when processes exist: they are of one. */
const OF_PROCESSES: readonly number[] = [FILE_KIND.pidfd, FILE_KIND.proc];

function stageOf({ plan }: Subject, { op, object }: Step): number {
  const late = op === OP.open_file && object !== null && OF_PROCESSES.includes(plan.file[object]?.kind ?? 0);
  return late ? STAGE.files : STAGE_OF[op];
}

/** Operations that make an object, each of which every object of its kind needs once. */
const MAKERS: readonly Op[] = [
  OP.write_back,
  OP.fill_tmpfs,
  OP.make_shared_memory,
  OP.make_shm_segment,
  OP.make_semaphores,
  OP.make_message_queue,
  OP.make_terminal,
  OP.make_pipe,
  OP.make_socket,
  OP.make_eventfd,
  OP.make_timerfd,
  OP.make_signalfd,
  OP.make_inotify,
  OP.make_epoll,
  OP.open_inode,
  OP.open_file,
  OP.install_files,
  OP.set_directories,
  OP.set_lock,
  OP.make_mm,
  OP.fill_mm,
  OP.set_handlers,
];

/** What one look at all steps tells. */
interface Survey {
  /** By operation, then by object: how often it is done. */
  readonly counts: readonly Uint32Array[];
  /** Indices of steps that an invariant may have something against. */
  readonly doubtful: readonly number[];
}

const surveyOf = oncePer((subject: Subject): Survey => {
  const { step } = subject.plan;
  const counts: Uint32Array[] = [];
  const doubtful: number[] = [];
  let before = 0;
  for (let index = 0; index < step.length; index++) {
    const { op, object, stage } = step[index] as Step;
    const expected = op === OP.open_file ? stageOf(subject, step[index] as Step) : STAGE_OF[op];
    if (stage !== expected || stage < before || object === null) doubtful.push(index);
    if (object !== null) {
      const count = (counts[op] ??= new Uint32Array(objectsOf(subject, op)));
      count[object] = (count[object] as number) + 1;
    }
    before = stage;
  }
  return { counts, doubtful };
});

function objectsOf({ plan }: Subject, op: Op): number {
  const kind = OP_TARGET[op];
  return kind === undefined ? 0 : plan[kind].length;
}

/** How often an operation is done with an object. */
function times(subject: Subject, op: Op, object: number): number {
  return surveyOf(subject).counts[op]?.[object] ?? 0;
}

function eachDoubtful(subject: Subject, visit: (step: Step, index: number) => void): void {
  for (const index of surveyOf(subject).doubtful) visit(subject.plan.step[index] as Step, index);
}

export const STEPS: readonly Invariant[] = [
  {
    name: 'stages-in-order',
    severity: 'error',
    why: 'Steps stand in the order of stages: each stage needs what those before it made.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ stage }, index) => {
        const before = subject.plan.step[index - 1]?.stage ?? 0;
        if (stage < before) report(`step[${index}]`, `is of stage ${stage}, behind one of ${before}`);
      });
    },
  },
  {
    name: 'steps-in-their-stage',
    severity: 'error',
    why: 'An operation belongs to one stage; files that are of a process are opened when there are processes.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, (step, index) => {
        const { op, stage } = step;
        if (stageOf(subject, step) !== stage)
          report(`step[${index}]`, `does ${OP_NAME[op]} in stage ${stage}`);
      });
    },
  },
  {
    name: 'steps-have-objects',
    severity: 'error',
    why: 'A step names what it works on.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ op, object }, index) => {
        if (OP_TARGET[op] !== undefined && object === null)
          report(`step[${index}]`, `does ${OP_NAME[op]} with nothing`);
      });
    },
  },
  {
    name: 'everything-made-once',
    severity: 'error',
    why: 'Each object is made by one step: without it what refers to it fails, and a second would make a second.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      for (const op of MAKERS) {
        const kind = OP_TARGET[op] as keyof PlanObjects;
        const { length } = subject.plan[kind];
        for (let index = 0; index < length; index++) {
          const count = times(subject, op, index);
          if (count !== 1) report(`${kind}[${index}]`, `has ${count} steps of ${OP_NAME[op]}`);
        }
      }
    },
  },
  {
    name: 'every-process-resumed',
    severity: 'error',
    why: 'A process that is not lost is made, and runs on or is handed to its crash procedure; one that is lost is not.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      subject.plan.process.forEach(({ verdict, state }, index) => {
        const made = times(subject, OP.make_process, index);
        const resumed = times(subject, OP.resume, index);
        const called = times(subject, OP.call_crash_procedure, index);
        const lost = verdict === VERDICT.lost;
        const wantCall = verdict === VERDICT.needs_crash_procedure && state !== PROCESS_STATE.zombie ? 1 : 0;
        if (made !== (lost ? 0 : 1) || resumed !== (lost ? 0 : 1) || called !== wantCall) {
          report(`process[${index}]`, `is made ${made}, asked ${called}, resumed ${resumed} times`);
        }
      });
    },
  },
  {
    name: 'parents-made-first',
    severity: 'error',
    why: 'A process is made by its parent, which exists by then.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      const made = new Set<number>();
      for (let index = 0; index < plan.step.length; index++) {
        const { op, object } = plan.step[index] as Step;
        if (op !== OP.make_process || object === null) continue;
        const parent = plan.process[object]?.parent ?? null;
        const lost = parent !== null && plan.process[parent]?.verdict === VERDICT.lost;
        if (parent !== null && !lost && !made.has(parent))
          report(`step[${index}]`, `makes process[${object}] before its parent`);
        made.add(object);
      }
    },
  },
];
