import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { isoTime, readClock } from '../../../../src/parsers/system/clock.js';
import type { LogRecord } from '../../../../src/snapshot/system.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const SHIFT = 24;
const FRACTION_NS = 250_000_000n;
const BASE = 100_000_000_000n;
const TO_BOOT = 5_000_000_000n;
const WALL = 1_795_352_407n;

function withTypes(): SyntheticKernel {
  const made = new SyntheticKernel();
  made.types
    .struct('tk_read_base', { clock: 'ptr', mult: 'u32', shift: 'u32', xtime_nsec: 'u64', base: 'i64' })
    .struct('timekeeper', { tkr_mono: 'tk_read_base', xtime_sec: 'u64', offs_boot: 'i64' })
    .struct('seqcount_raw_spinlock_t', { sequence: 'u32' }, 4)
    .struct('tk_data', { seq: '@0 u32', timekeeper: '@64 timekeeper' });
  return made;
}

function fill(made: SyntheticKernel, keeper: Kva): void {
  made.set(keeper, 'timekeeper.tkr_mono.shift', SHIFT);
  made.set(keeper, 'timekeeper.tkr_mono.xtime_nsec', FRACTION_NS << BigInt(SHIFT));
  made.set(keeper, 'timekeeper.tkr_mono.base', BASE);
  made.set(keeper, 'timekeeper.xtime_sec', WALL);
  made.set(keeper, 'timekeeper.offs_boot', TO_BOOT);
}

function logAt(timestamp: number): LogRecord[] {
  return [{ sequence: 0, timestamp, level: 0, facility: 0, caller: null, text: 'last', dictionary: [] }];
}

describe('the time of death', () => {
  test.each([
    ['timekeeper_data', 64],
    ['tk_core', 64],
  ])('by the timekeeper in %s of struct tk_data', (symbol, offset) => {
    const made = withTypes();
    const data = made.alloc(512, 64);
    made.symbol(symbol, data);
    fill(made, (data + offset) as Kva);
    expect(readClock(made.kernel(), [])).toEqual({
      uptime: 105.25,
      wall: '2026-11-22T13:00:07.250000Z',
      realtimeNs: `${WALL * 1_000_000_000n + FRACTION_NS}`,
      monotonicNs: Number(BASE + FRACTION_NS),
      boottimeNs: 105_250_000_000,
    });
  });

  test('by the timekeeper in a struct without name', () => {
    const made = withTypes();
    made.types.struct('tk_data', { other: 'u64' });
    const core = made.alloc(512, 64);
    made.symbol('tk_core', core);
    fill(made, (core + 8) as Kva);
    expect(readClock(made.kernel(), []).uptime).toBe(105.25);
  });

  test('the last message brings it forward, one from elsewhere does not', () => {
    const made = withTypes();
    const data = made.alloc(512, 64);
    made.symbol('tk_core', data);
    fill(made, (data + 64) as Kva);
    const kernel = made.kernel();
    expect(readClock(kernel, logAt(100_260_000_000)).uptime).toBeCloseTo(105.26, 6);
    expect(readClock(kernel, logAt(100_260_000_000)).wall).toBe('2026-11-22T13:00:07.260000Z');
    expect(readClock(kernel, logAt(99_000_000_000)).uptime).toBe(105.25);
    expect(readClock(kernel, logAt(900_000_000_000)).uptime).toBe(105.25);
  });

  test('rubbish is a fault, not a date', () => {
    const made = withTypes();
    const data = made.alloc(512, 64);
    made.symbol('tk_core', data);
    made.set((data + 64) as Kva, 'timekeeper.tkr_mono.shift', 77);
    expect(() => readClock(made.kernel(), [])).toThrow('shift');
    expect(isoTime(-1n)).toBeNull();
    expect(isoTime(10n ** 30n)).toBeNull();
  });
});
