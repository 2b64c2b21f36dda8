// What bench/debug-kernel takes for a report on a console, and what not.
import { expect, test } from 'vitest';
import { findings, lastKernel } from '../../../bench/debug-kernel/findings.js';

const REPORTS = [
  '[    3.1] BUG: KASAN: slab-out-of-bounds in ow_copy_runs+0x1/0x2 [otherworld]',
  '[    3.1] UBSAN: array-index-out-of-bounds in kernel/plan/validate.c:3:4',
  '[    3.1] WARNING: possible circular locking dependency detected',
  '[    3.1] BUG: sleeping function called from invalid context at mm/mmap.c:1',
  '[    3.1] WARNING: CPU: 0 PID: 1 at kernel/fork.c:1 copy_process+0x1/0x2',
  '[    3.1] INFO: task init:1 blocked for more than 120 seconds.',
  '[    3.1] kernel BUG at mm/slub.c:419!',
  '[    3.1] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  '[    3.1] BUG kmalloc-64 (Tainted: G           O      ): Redzone overwritten',
  '[    3.1] list_add corruption. next->prev should be prev',
];
const OTHERS = [
  '[    0.0] Linux version 6.1.176-otherworld-debug',
  '[    1.0] kmemleak: Kernel memory leak detector initialized',
  '[    1.0] otherworld: loading out-of-tree module taints kernel.',
  '[    1.0] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar',
];

test('every kind of report is found, once', () => {
  for (const line of REPORTS) expect(findings(`${OTHERS.join('\n')}\n${line}\r\n`)).toEqual([line]);
});

test('nothing else is', () => {
  expect(findings(OTHERS.join('\r\n'))).toEqual([]);
});

test('of two kernels on a console, the last one speaks', () => {
  const both = `Linux version 1\nBUG: of the dead one\nLinux version 2\nfine\n`;
  expect(findings(lastKernel(both))).toEqual([]);
  expect(findings(lastKernel('BUG: without a banner'))).toHaveLength(1);
});
