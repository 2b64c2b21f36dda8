// The lines of /proc/interrupts that have a name and no number: irq_cpustat_t of each CPU. Mirrors
// arch_show_interrupts() of arch/x86/kernel/irq.c. Which lines there are is the kernel's configuration, and with it which
// members, symbols and table entries.

import { type Kva, NULL } from '../../../base/address.js';
import { Fault } from '../../../base/fault.js';
import type { ArchitectureInterrupt } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';
import { hasMember, type Trait } from '../../kernel/trait.js';

type Counts = Pick<ArchitectureInterrupt, 'counts' | 'total'>;
/** Where a line's counts are: a member of irq_cpustat_t, a per-CPU variable, or one variable for all CPUs. */
type Source = { readonly member: string } | { readonly perCpu: string } | { readonly variable: string };
/** When a line is shown: always where its counts exist, else when a vector is claimed, or a callback is set. */
type Shown = { readonly vector: number } | { readonly callback: string };

interface Line {
  readonly name: string;
  readonly what: string;
  readonly source: Source;
  readonly shown?: Shown;
}

const member = (name: string, what: string, path: string, shown?: Shown): Line => ({
  name,
  what,
  source: { member: path },
  ...(shown === undefined ? {} : { shown }),
});

/** arch_show_interrupts() before the table; vectors are those of asm/irq_vectors.h. */
const LINES: readonly Line[] = [
  member('NMI', 'Non-maskable interrupts', '__nmi_count'),
  member('LOC', 'Local timer interrupts', 'apic_timer_irqs'),
  member('SPU', 'Spurious interrupts', 'irq_spurious_count'),
  member('PMI', 'Performance monitoring interrupts', 'apic_perf_irqs'),
  member('IWI', 'IRQ work interrupts', 'apic_irq_work_irqs'),
  member('RTR', 'APIC ICR read retries', 'icr_read_retry_count'),
  member('PLT', 'Platform interrupts', 'x86_platform_ipis', { callback: 'x86_platform_ipi_callback' }),
  member('RES', 'Rescheduling interrupts', 'irq_resched_count'),
  member('CAL', 'Function call interrupts', 'irq_call_count'),
  member('TLB', 'TLB shootdowns', 'irq_tlb_count'),
  member('TRM', 'Thermal event interrupts', 'irq_thermal_count'),
  member('THR', 'Threshold APIC interrupts', 'irq_threshold_count'),
  member('DFR', 'Deferred Error APIC interrupts', 'irq_deferred_error_count'),
  { name: 'MCE', what: 'Machine check exceptions', source: { perCpu: 'mce_exception_count' } },
  { name: 'MCP', what: 'Machine check polls', source: { perCpu: 'mce_poll_count' } },
  member('HYP', 'Hypervisor callback interrupts', 'irq_hv_callback_count', { vector: 0xf3 }),
  member('HRE', 'Hyper-V reenlightenment interrupts', 'irq_hv_reenlightenment_count', { vector: 0xee }),
  member('HVS', 'Hyper-V stimer0 interrupts', 'hyperv_stimer0_count', { vector: 0xed }),
  { name: 'ERR', what: '', source: { variable: 'irq_err_count' } },
  { name: 'MIS', what: '', source: { variable: 'irq_mis_count' } },
  member('PIN', 'Posted-interrupt notification event', 'kvm_posted_intr_ipis'),
  member('NPI', 'Nested posted-interrupt event', 'kvm_posted_intr_nested_ipis'),
  member('PIW', 'Posted-interrupt wakeup event', 'kvm_posted_intr_wakeup_ipis'),
  member('PMN', 'Posted MSI notification event', 'posted_msi_notification_count'),
];

const INFO = { name: 'symbol', what: 'text' } as const;
/** Far above IRQ_COUNT_MAX. */
const MAX_COUNTS = 256;

export const architectureInterrupts: Trait<(kernel: Kernel) => ArchitectureInterrupt[]> = {
  name: 'interrupts of the architecture',
  eras: [
    {
      name: 'a table of names',
      since: '7.2',
      commit: '2b57c69917ee',
      evidence: 'irq_cpustat_t.counts',
      probe: hasMember('irq_cpustat_t.counts'),
      reader: readTable,
    },
    {
      name: 'a member each',
      since: '2.6',
      commit: null,
      evidence: 'irq_cpustat_t.__nmi_count',
      probe: hasMember('irq_cpustat_t.__nmi_count'),
      reader: (kernel) => LINES.flatMap((line) => readLine(kernel, line)),
    },
  ],
};

/** irq_stat_info[], where the bit of an entry in irq_stat_count_show is set. */
function readTable(kernel: Kernel): ArchitectureInterrupt[] {
  const { mem, types } = kernel;
  const counts = types.member('irq_cpustat_t.counts');
  if (counts?.count == null || counts.count > MAX_COUNTS)
    throw new Fault('unknown', `irq_cpustat_t has ${counts?.count} counts`);
  const size = kernel.sizeOf('irq_stat_info');
  const at = kernel.layout('irq_stat_info', INFO);
  const table = kernel.symbol('irq_stat_info');
  const shown = kernel.symbol('irq_stat_count_show');
  const found: ArchitectureInterrupt[] = [];
  for (let n = 0; n < counts.count; n++) {
    if (!((mem.u8(shown, n >>> 3) >>> (n & 7)) & 1)) continue;
    const entry = (table + n * size) as Kva;
    const text = (offset: number) => mem.cstr(mem.ptr(entry, offset)).trim();
    found.push({
      name: text(at.name),
      what: text(at.what),
      ...byCpu(kernel, 'irq_stat', counts.offset + 4 * n),
    });
  }
  return found;
}

/** None where this kernel has not the line, or would not show it. */
function readLine(kernel: Kernel, { name, what, source, shown }: Line): ArchitectureInterrupt[] {
  const counts = readCounts(kernel, source);
  if (counts === null || (shown !== undefined && !isShown(kernel, shown))) return [];
  return [{ name, what, ...counts }];
}

function readCounts(kernel: Kernel, source: Source): Counts | null {
  const { mem, symbols, types } = kernel;
  if ('member' in source) {
    const found = types.member(`irq_cpustat_t.${source.member}`);
    return found === undefined ? null : byCpu(kernel, 'irq_stat', found.offset);
  }
  if ('perCpu' in source)
    return symbols.address(source.perCpu) === undefined ? null : byCpu(kernel, source.perCpu, 0);
  const variable = symbols.address(source.variable);
  return variable === undefined ? null : { counts: [], total: mem.u32(variable) };
}

function byCpu(kernel: Kernel, symbol: string, offset: number): Counts {
  const counts = kernel.cpus.possible().map((cpu) => kernel.mem.u32(kernel.perCpu(symbol, cpu), offset));
  return { counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

function isShown({ mem, symbols }: Kernel, shown: Shown): boolean {
  if ('vector' in shown) {
    const vectors = symbols.address('system_vectors');
    return vectors !== undefined && ((mem.u8(vectors, shown.vector >>> 3) >>> (shown.vector & 7)) & 1) === 1;
  }
  const callback = symbols.address(shown.callback);
  return callback !== undefined && mem.ptr(callback) !== NULL;
}
