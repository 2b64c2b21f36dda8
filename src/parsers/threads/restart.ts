// struct restart_block (include/linux/restart_block.h): what restart_syscall(2) would go on with after a signal.

import { hex, type Kva } from '../../base/address.js';
import type { RestartBlock } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';

/** The default: nothing to restart. */
const NONE = 'do_no_restart_syscall';
/** Members of the union, by the function that reads them. */
const FUTEX = ['uaddr', 'val', 'flags', 'bitset', 'time', 'uaddr2'].map((name) => `futex.${name}`);
const NANOSLEEP = ['clockid', 'type', 'rmtp', 'expires'].map((name) => `nanosleep.${name}`);
/** The time stands in two members, or in a timespec64. */
const POLL = ['ufds', 'nfds', 'has_timeout', 'tv_sec', 'tv_nsec', 'end_time.tv_sec', 'end_time.tv_nsec'].map(
  (name) => `poll.${name}`,
);
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  futex_wait_restart: FUTEX,
  hrtimer_nanosleep_restart: NANOSLEEP,
  posix_cpu_nsleep_restart: NANOSLEEP,
  alarm_timer_nsleep_restart: NANOSLEEP,
  do_restart_poll: POLL,
};

export function readRestart(kernel: Kernel, task: Kva): RestartBlock | null {
  const fn = kernel.types.member('task_struct.restart_block.fn');
  if (fn === undefined) return null;
  const address = kernel.mem.ptr(task, fn.offset);
  if (address === 0) return null;
  const symbol = kernel.symbols.nearest(address);
  const name = symbol?.offset === 0 ? symbol.name : kernel.mem.hex(address);
  if (name === NONE) return null;
  return { fn: name, state: stateOf(kernel, task, MEMBERS[name] ?? []) };
}

function stateOf(kernel: Kernel, task: Kva, members: readonly string[]): RestartBlock['state'] {
  const { mem, types } = kernel;
  const state: Record<string, `0x${string}`> = {};
  for (const path of members) {
    const member = types.member(`task_struct.restart_block.${path}`);
    if (member === undefined) continue;
    const value = member.size === 8 ? mem.u64(task, member.offset) : mem.u32(task, member.offset);
    state[path] = hex(value);
  }
  return state;
}
