// `translate`: from a virtual address to the physical one, showing each table entry on the way.

import { hex } from '../../base/address.js';
import { AbsentError } from '../../base/error.js';
import { type TableStep, walkSteps } from '../../parsers/paging/page-table.js';
import { orAbsent, parseAddress, parsePlainAddress } from '../address.js';
import type { Result } from '../result.js';
import type { SectionContext, SectionRun } from '../section.js';
import { oneTask } from '../select.js';

export const translate: SectionRun = (context) => {
  const isUser = typeof context.options['pid'] === 'string';
  const steps = orAbsent(() => (isUser ? userSteps(context) : kernelSteps(context)));
  return report(context.args[0] as string, steps);
};

function userSteps({ dump, args, options }: SectionContext): readonly TableStep[] {
  const task = oneTask(dump, options['pid'] as string);
  const address = parsePlainAddress(args[0] as string, 'user address');
  return walkSteps(dump.pageTable(task), BigInt(address));
}

function kernelSteps({ dump, args }: SectionContext): readonly TableStep[] {
  const { mem } = dump.kernel;
  const address = parseAddress(dump.kernel, args[0] as string);
  if (mem.pageTables === null) throw new AbsentError('the kernel page tables were not found');
  return walkSteps(mem.pageTables, mem.fold.toBig(address));
}

function report(asked: string, steps: readonly TableStep[]): Result<'translate'> {
  const physical = steps.at(-1)?.physical ?? null;
  return {
    schema: 'translate',
    data: () => ({
      address: asked,
      physical: physical === null ? null : hex(physical),
      steps: steps.map(({ level, at, entry }) => ({ level, at: hex(at), entry: hex(entry) })),
    }),
    text: function* () {
      for (const { level, at, entry } of steps) {
        yield `${level.padEnd(3)}  at 0x${at.toString(16).padEnd(12)}  entry 0x${entry.toString(16)}`;
      }
      yield physical === null ? `${asked} is not mapped` : `${asked} = physical 0x${physical.toString(16)}`;
    },
  };
}
