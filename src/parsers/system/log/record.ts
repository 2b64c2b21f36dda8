// What the eras of printk's buffer share.

import type { LogRecord } from '../../../snapshot/system.js';
import type { Kernel } from '../../kernel/kernel.js';

export type LogReader = (kernel: Kernel) => LogRecord[];

/** Top bit of caller_id: the number is a CPU, not a thread (kernel/printk/printk.c, printk_caller_id). */
const CALLER_CPU = 0x8000_0000;

export function callerText(id: number): string {
  return id >= CALLER_CPU ? `C${id - CALLER_CPU}` : `T${id}`;
}
