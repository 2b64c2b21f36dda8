// Times as a time namespace has them: what its processes see of the monotonic and the boot clock, and by which their
// sleeps and time-outs end, is the kernel's own with an offset (kernel/time/namespace.c).

import type { Hex } from '../../base/address.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { SnapshotTask } from '../../snapshot/snapshot.js';
import type { Clock } from '../../snapshot/system.js';
import type { RestartBlock } from '../../snapshot/thread.js';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const SECOND = 1_000_000_000n;

export class TimeView {
  constructor(
    private readonly monotonic: bigint,
    private readonly boottime: bigint,
  ) {}

  /** Of the processes of a pid namespace: that of its init, or else of the first task in it. */
  static of(tasks: readonly SnapshotTask[], namespace: number): TimeView {
    const inside = tasks.filter(({ ids }) => ids.some(({ ns }) => ns === namespace));
    const isInit = ({ ids }: SnapshotTask) => ids.some(({ ns, tid }) => ns === namespace && tid === 1);
    const offsets = (inside.find(isInit) ?? inside[0])?.attributes?.namespaces.timeOffsets ?? null;
    return new TimeView(BigInt(offsets?.monotonic ?? 0), BigInt(offsets?.boottime ?? 0));
  }

  clock(clock: Clock): Clock {
    const shifted = (ns: Wide | null, by: bigint): Wide | null =>
      ns === null ? null : wide(BigInt(ns) + by);
    return {
      ...clock,
      uptime: clock.uptime + Number(this.boottime) / Number(SECOND),
      monotonicNs: shifted(clock.monotonicNs, this.monotonic),
      boottimeNs: shifted(clock.boottimeNs, this.boottime),
    };
  }

  /** A time of the kernel's clock of that number (clockid_t). */
  seen(ns: Wide, clock: number): Wide {
    return wide(BigInt(ns) + this.offset(clock));
  }

  /** Ends of sleeps; those of a futex say nowhere in which clock they are. */
  restart(block: RestartBlock | null): RestartBlock | null {
    const { state = {}, fn = '' } = block ?? {};
    const value = (name: string): bigint => BigInt(state[name] ?? '0x0');
    if (block === null) return null;
    if (state['nanosleep.expires'] !== undefined) {
      const offset = this.offset(Number(BigInt.asIntN(32, value('nanosleep.clockid'))));
      return { ...block, state: { ...state, 'nanosleep.expires': hex(value('nanosleep.expires') + offset) } };
    }
    if (fn !== 'do_restart_poll' || value('poll.has_timeout') === 0n) return block;
    const [seconds, nanoseconds] = POLL_END.map((names) => names.find((name) => state[name] !== undefined));
    if (seconds === undefined || nanoseconds === undefined) return block;
    const end = value(seconds) * SECOND + value(nanoseconds) + this.monotonic;
    return { ...block, state: { ...state, [seconds]: hex(end / SECOND), [nanoseconds]: hex(end % SECOND) } };
  }

  private offset(clock: number): bigint {
    if (clock === CLOCK_MONOTONIC) return this.monotonic;
    return clock === CLOCK_BOOTTIME ? this.boottime : 0n;
  }
}

/** By era: 7.0 put them in a struct of their own. */
const POLL_END = [
  ['poll.end_time.tv_sec', 'poll.tv_sec'],
  ['poll.end_time.tv_nsec', 'poll.tv_nsec'],
] as const;

function hex(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
