// The kernel log (kernel/printk/printk.c), oldest record first.

import type { LogRecord } from '../../../snapshot/system.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasSymbol, type Trait } from '../../kernel/trait.js';
import { locklessLog } from './lockless.js';
import type { LogReader } from './record.js';
import { recordLog } from './records.js';

export const logBuffer: Trait<LogReader> = {
  name: 'kernel log',
  eras: [
    {
      name: 'lockless ring buffer',
      since: '5.10',
      commit: '896fbe20b4e2',
      evidence: 'symbol prb',
      probe: hasSymbol('prb'),
      reader: locklessLog,
    },
    {
      name: 'records in log_buf',
      since: '3.5',
      commit: null,
      evidence: 'symbol log_first_idx',
      probe: hasSymbol('log_first_idx'),
      reader: recordLog,
    },
  ],
};

export function readLog(kernel: Kernel): LogRecord[] {
  return kernel.faults.guard('kernel log', () => kernel.trait(logBuffer)(kernel), []);
}
