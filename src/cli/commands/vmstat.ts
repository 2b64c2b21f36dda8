// `vmstat`: /proc/vmstat, byte for byte; with --pending, what CPUs had counted and not yet added.

import { machineOf } from '../../parsers/parts/machine.js';
import { vmstatLines } from '../../parsers/system/machine/vmstat-text.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const vmstat: SectionRun = ({ dump, options }) => {
  const counters = machineOf(dump).vmstat;
  return {
    schema: 'vmstat',
    data: () => counters,
    text: function* (style) {
      if (options['pending'] !== true) {
        for (const line of vmstatLines(counters)) yield style.exact(printable(line));
        return;
      }
      const pending = counters.filter((counter) => counter.pending !== 0);
      if (pending.length === 0) yield style.dim('nothing is pending');
      for (const { name, value, pending: more } of pending) {
        yield `${printable(name)} ${value} ${more < 0 ? '' : '+'}${more}`;
      }
    },
  };
};
