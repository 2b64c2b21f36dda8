// What a failed step was at: the executor's child and detail, as a person knows it. What they mean hangs on the operation
// (kernel/resurrect/: where `ex.child` and `ex.detail` are set).

import type { Plan } from '../abi/plan.js';
import { OP, type Step } from '../abi/records/steps.js';
import type { Entry } from './journal-file.js';

type About = (plan: Plan, at: Place) => string | null;

interface Place {
  /** Index of the step's object; -1 for none. */
  readonly object: number;
  /** -1: the whole. */
  readonly child: number;
  readonly detail: bigint;
}

/** By the operation; null where child and detail say nothing that is in the plan. */
export function aboutOf(plan: Plan, { op, object }: Step, { child, detail }: Entry): string | null {
  if (child < 0 && detail === 0n) return null;
  return ABOUT.get(op)?.(plan, { object: object ?? -1, child, detail }) ?? null;
}

const ABOUT: ReadonlyMap<number, About> = new Map<number, About>([
  [OP.make_mm, addressIn],
  [OP.fill_mm, addressIn],
  [OP.install_files, descriptor],
  [OP.watch, (_, { detail }) => `the watch of fd ${detail}`],
  [OP.make_inotify, (_, { detail }) => `watch descriptor ${detail}`],
  [OP.fill_tmpfs, (plan, { object, child }) => plan.mount[object]?.entries[child]?.path ?? null],
  [OP.make_process, (_, { detail }) => `PID or thread ${detail}`],
  [OP.set_threads, thread],
  [OP.set_signals, thread],
  [OP.set_handlers, (_, { detail }) => `signal ${detail}`],
  [OP.set_timers, (_, { detail }) => `timer ${detail}`],
  [OP.open_inode, foundInode],
  [OP.write_back, writtenBack],
  [OP.make_shm_segment, identifier],
  [OP.make_semaphores, identifier],
  [OP.make_message_queue, identifier],
]);

/** The VMA that an address lies in. */
function addressIn(plan: Plan, { object, child, detail }: Place): string | null {
  const vmas = plan.mm[object]?.vmas ?? [];
  const address = Number(detail);
  const vma =
    vmas.find(({ start, end }) => address >= start && address < end) ??
    (detail === 0n ? vmas[child] : undefined);
  if (vma === undefined) return null;
  const range = `${hex(vma.start)}-${hex(vma.end)}`;
  const place = address > vma.start ? `page ${hex(address)} of ` : '';
  return `${place}${range} ${vma.name || 'without a name'}`;
}

function descriptor(plan: Plan, { object, child, detail }: Place): string | null {
  const { descriptors = [] } = plan.fileTable[object] ?? {};
  const found = descriptors[child] ?? descriptors.find(({ fd }) => BigInt(fd) === detail);
  return found === undefined ? null : `fd ${found.fd}, ${plan.file[found.file]?.path ?? 'a file'}`;
}

function thread(plan: Plan, { object, child }: Place): string | null {
  const found = plan.process[object]?.threads[child];
  return found === undefined ? null : `thread ${found.tid} ${found.comm}`;
}

function foundInode(plan: Plan, { object, detail }: Place): string | null {
  const inode = plan.inode[object];
  return inode === undefined || detail === 0n ? null : `inode ${detail} is there, ${inode.inode} was planned`;
}

/** With a child, that page of the file; without, what stands at the path. */
function writtenBack(plan: Plan, { object, child, detail }: Place): string | null {
  const file = plan.writeback[object];
  if (file === undefined) return null;
  return child >= 0 ? `at byte ${detail}` : `inode ${detail} is there, ${file.inode} was planned`;
}

function identifier(_: Plan, { child, detail }: Place): string {
  return child >= 0 ? `number ${child} of id ${detail}` : `id ${detail}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
