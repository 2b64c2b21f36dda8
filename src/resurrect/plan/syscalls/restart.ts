// System calls that go on with what time is left: struct restart_block, or what would be in it if a signal came. The end
// of a sleep that nothing interrupted is in the timer that is to wake the thread (kernel/time/hrtimer.c).

import type { Hex } from '../../../base/address.js';
import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import type { SystemCall } from '../../../snapshot/thread.js';
import type { RestartBlock } from '../../abi/records/threads.js';
import { big, unsigned } from '../numbers.js';
import type { Planning } from '../planning.js';

const POLL = 7;
const NANOSLEEP = 35;
const FUTEX = 202;
const CLOCK_NANOSLEEP = 230;
const RESTART_SYSCALL = 219;
/** They begin anew, when the kernel has written what time is left where they were told it (poll_select_finish). */
const TIMED: readonly number[] = [23, 270, 271];
const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1n;
/** FUTEX_CMD_MASK; FUTEX_WAIT and FUTEX_WAIT_BITSET go on by a restart block, all others begin anew. */
const FUTEX_COMMAND = 0x7fn;
const FUTEX_WAITS: readonly bigint[] = [0n, 9n];
const SECOND = 1_000_000_000n;

export type RestartDecision = RestartBlock | 'restart' | 'interrupted';

/** Of select and its like with a timeout; null where nothing tells when it ends. */
export function timedBlock(planning: Planning, task: SnapshotTask, call: SystemCall): RestartBlock | null {
  if (!TIMED.includes(call.nr) || !planning.index.wakeTimers.has(task.tid)) return null;
  return endOf(planning, task, call)(call.nr, CLOCK_MONOTONIC);
}

/** Of a call that has not come to its end. */
export function restartBlock(planning: Planning, task: SnapshotTask, call: SystemCall): RestartDecision {
  const until = endOf(planning, task, call);
  const { arg1, arg2, arg3, arg0 } = argumentsOf(call);
  switch (call.nr) {
    case POLL:
      return BigInt.asIntN(32, arg2) < 0n ? 'restart' : until(POLL, CLOCK_MONOTONIC);
    case NANOSLEEP:
      return until(NANOSLEEP, CLOCK_MONOTONIC);
    case CLOCK_NANOSLEEP:
      return (arg1 & TIMER_ABSTIME) !== 0n ? 'restart' : until(CLOCK_NANOSLEEP, clockId(arg0));
    case FUTEX:
      return FUTEX_WAITS.includes(arg1 & FUTEX_COMMAND) && arg3 !== 0n
        ? until(FUTEX, CLOCK_MONOTONIC)
        : 'restart';
    case RESTART_SYSCALL:
      return resumedBlock(planning, task, call);
    default:
      return 'interrupted';
  }
}

/** Negative for the CPU time of a process or thread. */
function clockId(word: bigint): number {
  return Number(BigInt.asIntN(32, word));
}

type Until = (number: number, clock: number) => RestartBlock;

function argumentsOf({ args }: SystemCall): Pick<RestartBlock, 'arg0' | 'arg1' | 'arg2' | 'arg3'> {
  const [arg0 = 0n, arg1 = 0n, arg2 = 0n, arg3 = 0n] = args.map(big);
  return { arg0, arg1, arg2, arg3 };
}

/** The same call until the thread's timer fires, in that timer's clock. */
function endOf(planning: Planning, { tid }: SnapshotTask, call: SystemCall): Until {
  const wake = planning.index.wakeTimers.get(tid) ?? null;
  return (number, clock) => ({
    number,
    clock: wake?.clock ?? clock,
    expires: wake === null ? deathOf(planning, clock) : unsigned(wake.expires),
    ...argumentsOf(call),
  });
}

/** Of one that goes on already, or is about to: its registers are still those of the first call, but for the number. */
export function resumedBlock(planning: Planning, task: SnapshotTask, call: SystemCall): RestartDecision {
  const until = endOf(planning, task, call);
  const block = task.thread?.restart ?? null;
  // futex_wait_restart() clears the function when it begins.
  if (block === null) {
    return planning.index.wakeTimers.has(task.tid) ? until(FUTEX, CLOCK_MONOTONIC) : 'interrupted';
  }
  const value = (name: string): bigint => big(block.state[name] ?? ('0x0' as Hex));
  if (block.fn === 'do_restart_poll') return resumedPoll(value);
  if (block.fn === 'futex_wait_restart') {
    const { clock, arg1 } = until(FUTEX, CLOCK_MONOTONIC);
    const [arg0, arg2, expires] = [value('futex.uaddr'), value('futex.val'), value('futex.time')];
    return { number: FUTEX, clock, expires, arg0, arg1, arg2, arg3: 0n };
  }
  if (!block.fn.endsWith('nanosleep_restart') && !block.fn.endsWith('nsleep_restart')) return 'interrupted';
  const clock = clockId(value('nanosleep.clockid'));
  return {
    number: CLOCK_NANOSLEEP,
    clock,
    expires: value('nanosleep.expires'),
    ...{ arg0: BigInt.asUintN(64, BigInt(clock)), arg1: 0n, arg2: 0n, arg3: value('nanosleep.rmtp') },
  };
}

function resumedPoll(value: (name: string) => bigint): RestartDecision {
  if (value('poll.has_timeout') === 0n) return 'restart';
  const seconds = value('poll.tv_sec') + value('poll.end_time.tv_sec');
  const nanoseconds = value('poll.tv_nsec') + value('poll.end_time.tv_nsec');
  return {
    number: POLL,
    clock: CLOCK_MONOTONIC,
    expires: seconds * SECOND + nanoseconds,
    ...{ arg0: value('poll.ufds'), arg1: value('poll.nfds'), arg2: 0n, arg3: 0n },
  };
}

/** No timer any more: the time had come. 1 at least, for 0 is no end. */
function deathOf({ snapshot }: Planning, clock: number): bigint {
  const { realtimeNs, monotonicNs } = snapshot.system.clock;
  return unsigned((clock === 0 ? realtimeNs : monotonicNs) ?? 1) || 1n;
}
