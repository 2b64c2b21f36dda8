// Interrupts as /proc/interrupts counts them. Mirrors show_interrupts() of kernel/irq/proc.c.

import { type Kva, NULL } from '../../../base/address.js';
import type { Interrupt, Interrupts } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasMember, hasSymbol, type Trait } from '../../kernel/trait.js';
import { forEachLinked } from '../../walks/hlist.js';
import { forEachMapleEntry } from '../../walks/maple-tree.js';
import type { Visit } from '../../walks/visit.js';
import { forEachXArrayEntry } from '../../walks/xarray.js';
import { architectureInterrupts } from './architecture-interrupts.js';

const DESC = {
  counts: 'kstat_irqs',
  action: 'action',
  irq: 'irq_data.irq',
  hwirq: 'irq_data.hwirq',
  chip: 'irq_data.chip',
  domain: 'irq_data.domain',
  name: 'name',
} as const;
const ACTION = { name: 'name', next: 'next' } as const;
const CHIP = { name: 'name' } as const;
const COUNT = { count: 'cnt' } as const;
/** IRQ_BITMAP_BITS is far below. */
const MAX_INTERRUPTS = 1 << 20;
const MAX_ACTIONS = 1 << 10;
/** The handler of a chained interrupt: it is its children that are counted. */
const CHAINED = 'chained_action';

export const irqDescriptors: Trait<(kernel: Kernel, visit: Visit) => void> = {
  name: 'interrupt descriptors',
  eras: [
    {
      name: 'maple tree',
      since: '6.5',
      commit: '721255b9826b',
      evidence: 'symbol sparse_irqs',
      probe: hasSymbol('sparse_irqs'),
      reader: (kernel, visit) =>
        forEachMapleEntry(
          kernel,
          kernel.symbol('sparse_irqs'),
          (_first, _last, desc) => visit(desc),
          MAX_INTERRUPTS,
        ),
    },
    {
      name: 'radix tree',
      since: '2.6.38',
      commit: null,
      evidence: 'symbol irq_desc_tree',
      probe: hasSymbol('irq_desc_tree'),
      reader: (kernel, visit) =>
        forEachXArrayEntry(kernel, kernel.symbol('irq_desc_tree'), (_index, desc) => visit(desc), {
          limit: MAX_INTERRUPTS,
        }),
    },
  ],
};

/** Where a CPU's count stands in what kstat_irqs points to. */
export const irqCount: Trait<(kernel: Kernel) => number> = {
  name: 'count of an interrupt',
  eras: [
    {
      name: 'struct irqstat',
      since: '6.10',
      commit: '86d2a2f51fba',
      evidence: 'irqstat.cnt',
      probe: hasMember('irqstat.cnt'),
      reader: (kernel) => kernel.layout('irqstat', COUNT).count,
    },
    {
      name: 'unsigned int',
      since: '2.6.38',
      commit: null,
      evidence: 'irq_desc.kstat_irqs',
      probe: hasMember('irq_desc.kstat_irqs'),
      reader: () => 0,
    },
  ],
};

export function readInterrupts(kernel: Kernel): Interrupts {
  const cpus = kernel.cpus.possible();
  const lines: Interrupt[] = [];
  kernel.trait(irqDescriptors)(kernel, (desc) => {
    const read = () => readInterrupt(kernel, desc, cpus);
    const line = kernel.faults.guard(`irq_desc ${kernel.mem.hex(desc)}`, read, null);
    if (line !== null) lines.push(line);
  });
  const own = () => kernel.trait(architectureInterrupts)(kernel);
  return { cpus, lines, architecture: kernel.faults.guard('interrupts of the architecture', own, []) };
}

/** Null for what /proc/interrupts leaves out. */
function readInterrupt(kernel: Kernel, desc: Kva, cpus: readonly number[]): Interrupt | null {
  const { mem } = kernel;
  const at = kernel.layout('irq_desc', DESC);
  const perCpu = mem.ptr(desc, at.counts);
  if (perCpu === NULL) return null;
  const offset = kernel.trait(irqCount)(kernel);
  const counts = cpus.map((cpu) => mem.u32(kernel.cpus.address(perCpu, cpu), offset));
  const first = mem.ptr(desc, at.action);
  const handled = first !== NULL && first !== kernel.symbols.address(CHAINED);
  if (!handled && counts.every((count) => count === 0)) return null;
  const chip = mem.ptr(desc, at.chip);
  return {
    irq: mem.u32(desc, at.irq),
    counts,
    chip: chip === NULL ? null : text(kernel, mem.ptr(chip, kernel.layout('irq_chip', CHIP).name)),
    hwirq: mem.ptr(desc, at.domain) === NULL ? null : mem.nat(desc, at.hwirq),
    flow: text(kernel, mem.ptr(desc, at.name)),
    actions: actionNames(kernel, first),
  };
}

function actionNames(kernel: Kernel, first: Kva): string[] {
  const at = kernel.layout('irqaction', ACTION);
  const names: string[] = [];
  const visit = (action: Kva) => {
    names.push(text(kernel, kernel.mem.ptr(action, at.name)) ?? '');
  };
  forEachLinked(kernel, first, at.next, visit, MAX_ACTIONS);
  return names;
}

function text(kernel: Kernel, at: Kva): string | null {
  return at === NULL ? null : kernel.mem.cstr(at);
}
