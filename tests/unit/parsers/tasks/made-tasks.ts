// Tasks made up for the tests of this folder, in the layouts of the oldest and the newest kernel that are read.

import type { Kva } from '../../../../src/base/address.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

export type TaskEra = '5.10' | '7.2';

const NULL = 0 as Kva;
const PIDS = { pid: 0, tgid: 1, pgid: 2, sid: 3 } as const;
const CHUNK = 64;

const COMMON = {
  stack: 'ptr',
  flags: 'u32',
  ptrace: 'u32',
  prio: 'i32',
  static_prio: 'i32',
  policy: 'u32',
  nvcsw: 'u64',
  nivcsw: 'u64',
  tasks: 'list_head',
  mm: 'ptr',
  exit_state: 'i32',
  exit_code: 'i32',
  exit_signal: 'i32',
  pid: 'i32',
  tgid: 'i32',
  real_parent: 'ptr',
  parent: 'ptr',
  children: 'list_head',
  sibling: 'list_head',
  group_leader: 'ptr',
  thread_pid: 'ptr',
  pid_links: 'hlist_node[4]',
  thread_node: 'list_head',
  set_child_tid: 'ptr',
  utime: 'u64',
  stime: 'u64',
  start_boottime: 'u64',
  real_cred: 'ptr',
  comm: 'char[16]',
  fs: 'ptr',
  files: 'ptr',
  signal: 'ptr',
} as const;

export interface MadeTask {
  readonly task: Kva;
  readonly signal: Kva;
  /** struct pid of the thread. */
  readonly pid: Kva;
}

export interface TaskValues {
  readonly comm?: string;
  readonly state?: number;
  readonly exitState?: number;
  readonly flags?: number;
  /** The leader, for a further thread of its process. */
  readonly leader?: MadeTask;
  readonly parent?: MadeTask;
}

export class MadeTasks extends SyntheticKernel {
  readonly namespace: Kva;
  readonly init: MadeTask;
  /** Of the only CPU. */
  readonly runqueue: Kva;
  private readonly leaders: Kva[] = [];
  private readonly groups = new Map<Kva, Kva[]>();
  private readonly families = new Map<Kva, Kva[]>();
  private readonly pidNode: Kva;

  constructor(readonly era: TaskEra) {
    super();
    this.declare();
    this.namespace = this.make('pid_namespace', { 'ns.inum': 0xefff_fffc });
    this.symbol('init_pid_ns', this.namespace);
    this.pidNode = this.make('xa_node');
    this.set(this.namespace, 'pid_namespace.idr.idr_rt.xa_head', this.pidNode + 2);
    this.init = this.task(0, { comm: 'swapper/0' });
    this.symbol('init_task', this.init.task);
    this.symbol('__per_cpu_offset', this.alloc(16));
    this.symbol('__per_cpu_start', NULL);
    const mask = this.alloc(8);
    this.poke(mask, 1, 1);
    this.symbol('__cpu_possible_mask', mask);
    this.runqueue = this.make('rq', { idle: this.init.task });
    this.symbol('runqueues', this.runqueue);
  }

  /** A task, linked into the ring of leaders or its leader's threads, and into the pid table. */
  task(tid: number, values: TaskValues = {}): MadeTask {
    const { leader, parent } = values;
    const task = this.make('task_struct', { pid: tid, tgid: leader ? this.tgidOf(leader) : tid });
    const pid = tid === 0 ? NULL : this.pid([[tid, this.namespace]], task);
    const signal = leader?.signal ?? this.make('signal_struct', { nr_threads: 0 });
    if (!leader) for (const type of [PIDS.tgid, PIDS.pgid, PIDS.sid]) this.signalPid(signal, type, pid);
    this.set(task, 'task_struct.comm', values.comm ?? `task-${tid}`);
    this.set(task, `task_struct.${this.era === '5.10' ? 'state' : '__state'}`, values.state ?? 1);
    this.set(task, 'task_struct.exit_state', values.exitState ?? 0);
    this.set(task, 'task_struct.flags', values.flags ?? 0);
    this.set(task, 'task_struct.static_prio', 120);
    this.set(task, 'task_struct.signal', signal);
    this.set(task, 'task_struct.thread_pid', pid);
    this.set(task, 'task_struct.group_leader', leader?.task ?? task);
    this.set(task, 'task_struct.real_parent', parent?.task ?? NULL);
    if (!leader && tid !== 0) this.leaders.push(this.at(task, 'task_struct.tasks'));
    this.join(
      this.groups,
      this.at(signal, 'signal_struct.thread_head'),
      this.at(task, 'task_struct.thread_node'),
    );
    if (parent) {
      this.join(
        this.families,
        this.at(parent.task, 'task_struct.children'),
        this.at(task, 'task_struct.sibling'),
      );
    }
    return { task, signal, pid };
  }

  /** struct pid with its numbers from the initial namespace inwards; the last task to have it. */
  pid(numbers: readonly (readonly [number: number, namespace: Kva])[], task: Kva = NULL): Kva {
    const pid = this.alloc((this.types.sizeOf('pid') ?? 0) + 16 * numbers.length);
    this.set(pid, 'pid.level', numbers.length - 1);
    const first = this.at(pid, 'pid.numbers');
    numbers.forEach(([number, namespace], level) => {
      this.poke((first + 16 * level) as Kva, number, 4);
      this.poke((first + 16 * level + 8) as Kva, namespace);
    });
    if (task !== NULL) {
      this.poke(this.at(pid, 'pid.tasks'), this.at(task, 'task_struct.pid_links'));
      const [number] = numbers[0] as readonly [number, Kva];
      if (number < CHUNK) this.set(this.pidNode, 'xa_node.slots', pid, number);
    }
    return pid;
  }

  signalPid(signal: Kva, type: number, pid: Kva): void {
    this.set(signal, 'signal_struct.pids', pid, type);
  }

  at(object: Kva, path: string): Kva {
    return (object + (this.types.member(path)?.offset ?? Number.NaN)) as Kva;
  }

  /** Closes all rings; call it when all tasks are made, then break what is to be broken. */
  link(): this {
    this.list(this.at(this.init.task, 'task_struct.tasks'), this.leaders);
    for (const rings of [this.groups, this.families])
      for (const [head, nodes] of rings) this.list(head, nodes);
    return this;
  }

  private tgidOf(leader: MadeTask): number {
    const at = this.at(leader.task, 'task_struct.tgid');
    return new DataView((this.pages.get(Math.floor(this.phys(at) / 4096)) as Uint8Array).buffer).getInt32(
      this.phys(at) % 4096,
      true,
    );
  }

  private join(rings: Map<Kva, Kva[]>, head: Kva, node: Kva): void {
    rings.set(head, [...(rings.get(head) ?? []), node]);
  }

  private declare(): void {
    const old = this.era === '5.10';
    this.types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
      .struct(
        'thread_info',
        old ? { flags: 'u64', status: 'u32' } : { flags: 'u64', status: 'u32', cpu: 'u32' },
      )
      .struct('xarray', { xa_lock: 'u32', xa_flags: 'u32', xa_head: 'ptr' })
      .struct('xa_node', { shift: 'u8', offset: 'u8', parent: 'ptr', slots: `ptr[${CHUNK}]` })
      .struct('idr', { idr_rt: 'xarray', idr_base: 'u32', idr_next: 'u32' })
      .struct('ns_common', { ops: 'ptr', inum: 'u32' })
      .struct('pid_namespace', { idr: 'idr', child_reaper: 'ptr', level: 'u32', ns: 'ns_common' })
      .struct('upid', { nr: 'i32', ns: 'ptr' })
      .struct('pid', { count: 'u32', level: 'u32', tasks: 'ptr[4]', numbers: 'u64' })
      .struct('rq', { lock: 'u32', curr: 'ptr', idle: 'ptr' })
      .struct('signal_struct', { nr_threads: 'i32', thread_head: 'list_head', pids: 'ptr[4]', tty: 'ptr' })
      .struct(
        'task_struct',
        old
          ? { thread_info: 'thread_info', state: 'i64', on_cpu: 'i32', cpu: 'u32', ...COMMON }
          : { thread_info: 'thread_info', __state: 'u32', on_cpu: 'u8', worker_private: 'ptr', ...COMMON },
      );
  }
}
