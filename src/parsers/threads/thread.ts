// One thread's own state as a snapshot Thread. Whatever cannot be read costs that part; the rest stands.

import type { Kva } from '../../base/address.js';
import type { Task } from '../../snapshot/task.js';
import type { Thread } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import type { UserMemory } from '../mm/user-memory.js';
import { readChildTid } from './child-tid.js';
import { readFpu } from './fpu.js';
import { isUserTask, registersOnCpu, userRegisters } from './registers.js';
import { readRestart } from './restart.js';
import { readRobustList } from './robust-list.js';
import { readRseq } from './rseq.js';
import { savedAtPanic } from './saved-at-panic.js';
import { readSegments } from './segments.js';
import { readSyscall } from './syscall.js';

const NO_TIDS = { setChildTid: '0x0', clearChildTid: '0x0' } as const;

/** `memory`: the process's, null where it has none any more. */
export function readThread(kernel: Kernel, task: Task, memory: UserMemory | null): Thread {
  const { faults } = kernel;
  const address = kernel.mem.fromHex(task.address);
  const attempt = <T>(what: string, read: (address: Kva) => T): T | null =>
    isUserTask(task) ? faults.guard(what, () => read(address), null) : null;
  const saved = attempt('saved at panic', (at) => savedAtPanic(kernel, task, at));
  const onCpu = saved ?? registersOnCpu(kernel, task, address);
  const registers = attempt('registers', (at) => userRegisters(kernel, task, at, onCpu));
  return {
    pid: task.pid,
    tid: task.tid,
    registers,
    segments: attempt('segments', (at) => readSegments(kernel, task, at, onCpu)),
    syscall: attempt('system call', (at) => readSyscall(kernel, at, registers)),
    restart: attempt('restart_block', (at) => readRestart(kernel, at)),
    fpu: attempt('fpu', (at) => readFpu(kernel, task, at, saved)),
    rseq: attempt('rseq', (at) => readRseq(kernel, at, memory)),
    robustList: attempt('robust list', (at) => readRobustList(kernel, at, memory)),
    ...(attempt('child tids', (at) => readChildTid(kernel, at)) ?? NO_TIDS),
  };
}
