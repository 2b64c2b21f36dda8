// Processes, memory, signals, threads: what steps of the later stages do in the model.

import { PAGE_BYTES } from '../abi/page-run.js';
import { VMA_KIND_TARGET } from '../abi/records/memory.js';
import { PROCESS_STATE, type Process, VERDICT } from '../abi/records/processes.js';
import { OP, type Op } from '../abi/records/steps.js';
import { FPU_FORMAT, THREAD_FLAG, type Thread } from '../abi/records/threads.js';
import { AddressSpace } from './address-space.js';
import { E, must } from './kernel-error.js';
import type { Handler } from './object-steps.js';
import { readRuns } from './pages.js';
import type { World } from './world.js';

const PID_MAX = 4 * 1024 * 1024;
const SIGNALS = 64;
const SIGKILL = 9;
const SIGSTOP = 19;
const USER_CODE = [0x33, 0x23];
const FXSAVE_BYTES = 512;
const XSAVE_BYTES = 576;
const VSYSCALL = 0xffff_ffff_ff60_0000n;
const EXECUTABLE = 4n;

const processOf = ({ plan }: World, object: number): Process => plan.process[object] as Process;

export const PROCESS_STEPS: Partial<Readonly<Record<Op, Handler>>> = {
  [OP.make_process]: makeProcess,
  [OP.set_groups]: setGroups,
  [OP.make_mm]: (world, object) => {
    const mm = world.plan.mm[object];
    if (mm === undefined) return;
    for (const [index, { kind, backing }] of mm.vmas.entries()) {
      const target = VMA_KIND_TARGET[kind];
      if (target !== undefined) world.need(target, backing, index);
    }
    const space = new AddressSpace(mm);
    space.build();
    world.spaces.set(object, space);
    world.make('mm', object);
  },
  [OP.fill_mm]: (world, object) => {
    world.need('mm', object, -1, E.SRCH);
    for (const [index, { start, end, pages, guards }] of (world.plan.mm[object]?.vmas ?? []).entries()) {
      for (const { address, pages: count } of pages) {
        must(address >= start && address + count * PAGE_BYTES <= end, E.FAULT, index, address);
      }
      readRuns(pages, world.memory);
      for (const guard of guards) {
        const aligned = guard.start % PAGE_BYTES === 0 && guard.end % PAGE_BYTES === 0;
        must(aligned && guard.end > guard.start, E.INVAL, index, guard.start);
        must(guard.start >= start && guard.end <= end, E.NOMEM, index, guard.start);
      }
    }
  },
  [OP.set_handlers]: (world, object) => {
    for (const [index, { signal, handler }] of (world.plan.sighand[object]?.actions ?? []).entries()) {
      must(signal >= 1 && signal <= SIGNALS, E.INVAL, index, signal);
      must((signal !== SIGKILL && signal !== SIGSTOP) || handler === 0n, E.INVAL, index, signal);
    }
    world.make('sighand', object);
  },
  [OP.set_signals]: (world, object) => {
    const { pending, threads } = processOf(world, object);
    for (const { signal } of [...pending, ...threads.flatMap((thread) => thread.pending)]) {
      must(signal >= 1 && signal <= SIGNALS, E.INVAL, -1, signal);
    }
  },
  [OP.set_timers]: (world, object) => {
    const ids = new Set<number>();
    for (const [index, { id, signal }] of processOf(world, object).posixTimers.entries()) {
      must(!ids.has(id) && id >= 0, E.EXIST, index, id);
      must(signal <= SIGNALS, E.INVAL, index, signal);
      ids.add(id);
    }
  },
  [OP.set_attributes]: (world, object) => {
    for (const [index, { soft, hard }] of processOf(world, object).limits.entries()) {
      must(soft <= hard, E.INVAL, index, soft);
    }
  },
  [OP.set_credentials]: () => {},
  [OP.set_seccomp]: (world, object) => {
    for (const [index, { seccompMode }] of processOf(world, object).threads.entries()) {
      must(seccompMode <= 2, E.INVAL, index, seccompMode);
    }
  },
  [OP.set_threads]: (world, object) => {
    const process = processOf(world, object);
    for (const [index, thread] of process.threads.entries()) setThread(world, process, thread, index);
  },
  [OP.call_crash_procedure]: (world, object) => world.need('process', object, -1, E.SRCH),
  [OP.resume]: (world, object) => {
    world.need('process', object, -1, E.SRCH);
    world.resumed.add(object);
  },
};

/** clone3 with set_tid, by its parent, or by a helper where the parent is not resurrected. */
function makeProcess(world: World, object: number): void {
  const { parent, threads, state } = processOf(world, object);
  const helped =
    parent === null || processOf(world, parent).verdict === VERDICT.lost || world.lost.has(parent);
  if (!helped) {
    world.need('process', parent, -1, E.SRCH);
  }
  for (const [index, { tid, flags, files, fs }] of threads.entries()) {
    must(tid > 1 && tid < PID_MAX, E.INVAL, index, tid);
    must(!world.tids.has(tid), E.EXIST, index, tid);
    world.tids.set(tid, object);
    const over = state === PROCESS_STATE.zombie || (flags & THREAD_FLAG.ended) !== 0;
    must(over || (files !== null && fs !== null), E.INVAL, index, tid);
  }
  world.make('process', object);
}

/** setsid(2), setpgid(2). A session or group whose leader is not in the plan is begun by a helper of its number. */
function setGroups(world: World, object: number): void {
  const { pid, sid, pgid } = processOf(world, object);
  world.need('process', object, -1, E.SRCH);
  if (sid === pid) must(!world.groups.has(pid) && pgid === pid, E.PERM, -1, sid);
  world.sessions.add(sid);
  const session = world.groups.get(pgid) ?? sid;
  must(session === sid, E.PERM, -1, pgid);
  world.groups.set(pgid, session);
}

/** What the return from a signal frame would check (arch/x86/kernel/signal_64.c, fpu/signal.c). */
function setThread(world: World, { mm, state }: Process, thread: Thread, index: number): void {
  const { registers, fpu, fpuFormat, fsBase, gsBase } = thread;
  const [values] = registers;
  if (state === PROCESS_STATE.zombie || values === undefined) return;
  must(USER_CODE.includes(values.cs) && values.ss === 0x2b, E.INVAL, index, values.cs);
  const taskSize = mm === null ? 0n : BigInt(world.plan.mm[mm]?.taskSize ?? 0);
  must(fsBase < taskSize, E.PERM, index, fsBase);
  must(gsBase < taskSize, E.PERM, index, gsBase);
  if (fpuFormat === FPU_FORMAT.fxsave) must(fpu.length === FXSAVE_BYTES, E.FAULT, index, fpu.length);
  else if (fpuFormat !== FPU_FORMAT.none) must(fpu.length >= XSAVE_BYTES, E.FAULT, index, fpu.length);
  if (values.ip >= VSYSCALL) return;
  const vma = mm === null ? undefined : world.spaces.get(mm)?.at(values.ip);
  must(vma !== undefined && (vma.vmFlags & EXECUTABLE) !== 0n, E.FAULT, index, values.ip);
}
