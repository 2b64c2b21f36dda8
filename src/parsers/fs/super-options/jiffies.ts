// CONFIG_HZ, which no symbol holds: the jiffies clock source counts nanoseconds of a tick, shifted by 8 bits.
// Mirrors kernel/time/jiffies.c.

import type { Kernel } from '../../kernel/kernel.js';
import { perKernel } from '../../kernel/per-kernel.js';

const CLOCK = { scaledTick: 'mult', shift: 'shift' } as const;

export const jiffiesPerSecond = perKernel((kernel: Kernel): number => {
  const clock = kernel.symbol('clocksource_jiffies');
  const at = kernel.layout('clocksource', CLOCK);
  const tick = kernel.mem.u32(clock, at.scaledTick) / 2 ** kernel.mem.u32(clock, at.shift);
  return Math.round(1e9 / tick);
});
