// A plan carried out in a model of the kernel's rules. What comes of it is a journal, as an executor would write it.

import { crc32 } from 'node:zlib';
import type { Plan } from '../abi/plan.js';
import { holdersOf, keyOf, type ObjectKey } from '../abi/reach.js';
import type { ObjectKind } from '../abi/records/plan.js';
import { OP_TARGET, OUTCOME, type Step } from '../abi/records/steps.js';
import type { Entry, Journal } from '../journal/journal-file.js';
import { KernelError } from './kernel-error.js';
import type { MemorySource } from './memory-source.js';
import { OBJECT_STEPS } from './object-steps.js';
import { PROCESS_STEPS } from './process-steps.js';
import { World } from './world.js';

const HANDLERS = { ...OBJECT_STEPS, ...PROCESS_STEPS };

export interface Simulation {
  readonly journal: Journal;
  /** Indices of the processes that run in the end. */
  readonly running: ReadonlySet<number>;
}

type Holders = ReadonlyMap<ObjectKey, readonly number[]>;

/** `bytes`: of the plan, for the journal's checksum. A step that fails costs those who have its object; the rest goes on. */
export function simulate(
  plan: Plan,
  bytes: Uint8Array,
  memory: MemorySource,
  onStep = (_: number) => {},
): Simulation {
  const world = new World(plan, memory);
  const holders = holdersOf(plan);
  const entries = plan.step.map((step, index) => {
    onStep(index);
    return carryOut(world, step, index, holders);
  });
  return {
    journal: { planChecksum: crc32(bytes), started: 0n, executor: 'ow plan simulate', entries, torn: 0 },
    running: new Set([...world.resumed].filter((index) => !world.lost.has(index))),
  };
}

function carryOut(world: World, step: Step, index: number, holders: Holders): Entry {
  const done: Entry = { step: index, outcome: OUTCOME.done, error: 0, child: -1, time: 0n, detail: 0n };
  const { op, object } = step;
  const whose = concerned(step, world.plan, holders);
  if (whose.length > 0 && whose.every((process) => world.lost.has(process))) {
    return { ...done, outcome: OUTCOME.skipped };
  }
  try {
    if (object !== null) HANDLERS[op]?.(world, object);
    return done;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    for (const process of whose) world.lost.add(process);
    const detail = BigInt.asUintN(64, BigInt(error.detail));
    return { ...done, outcome: OUTCOME.failed, error: error.errno, child: error.child, detail };
  }
}

/** The processes that lose by a step's failure: its own, or all that have the object. */
function concerned({ op, object, process }: Step, plan: Plan, holders: Holders): readonly number[] {
  const owner = process ?? (OP_TARGET[op] === 'process' ? object : null);
  if (owner !== null) return [owner];
  if (object === null) return [...plan.process.keys()];
  return holders.get(keyOf(OP_TARGET[op] as ObjectKind, object)) ?? [];
}
