// `irq`: interrupts, as /proc/interrupts counts them.
import { machineOf } from '../../parsers/parts/machine.js';
import type { ArchitectureInterrupt, Interrupt } from '../../snapshot/machine.js';
import { type Column, table } from '../render/table.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const irq: SectionRun = ({ dump }) => {
  const { interrupts } = machineOf(dump);
  return {
    schema: 'irq',
    data: () => interrupts,
    text: function* (style) {
      const [head, ...lines] = table(columns(interrupts.cpus), interrupts.lines);
      yield style.dim(head as string);
      yield* lines;
      yield '';
      const [ownHead, ...own] = table(ownColumns(interrupts.cpus), interrupts.architecture);
      yield style.dim(ownHead as string);
      yield* own;
    },
  };
};

function columns(cpus: readonly number[]): Column<Interrupt>[] {
  return [
    { head: 'IRQ', right: true, cell: ({ irq: number }) => number },
    ...cpus.map((cpu, i) => ({
      head: `CPU${cpu}`,
      right: true,
      cell: ({ counts }: Interrupt) => counts[i] ?? 0,
    })),
    { head: 'CHIP', cell: ({ chip }) => printable(chip ?? '-') },
    { head: 'HWIRQ', right: true, cell: ({ hwirq }) => hwirq ?? '-' },
    { head: 'FLOW', cell: ({ flow }) => printable(flow ?? '-') },
    { head: 'HANDLERS', cell: ({ actions }) => printable(actions.join(', ')) },
  ];
}

function ownColumns(cpus: readonly number[]): Column<ArchitectureInterrupt>[] {
  return [
    { head: 'NAME', cell: ({ name }) => name },
    ...cpus.map((cpu, i) => ({
      head: `CPU${cpu}`,
      right: true,
      cell: ({ counts }: ArchitectureInterrupt) => counts[i] ?? '-',
    })),
    { head: 'TOTAL', right: true, cell: ({ total }) => total },
    { head: 'WHAT', cell: ({ what }) => printable(what) },
  ];
}
