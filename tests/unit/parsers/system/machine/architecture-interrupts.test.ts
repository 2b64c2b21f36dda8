import { expect, test } from 'vitest';
import type { Kva } from '../../../../../src/base/address.js';
import { architectureInterrupts } from '../../../../../src/parsers/system/machine/architecture-interrupts.js';
import { SyntheticKernel } from '../../../helpers/synthetic-memory.js';
import { text, twoCpus, variable } from './made.js';

/** irq_stat of both CPUs. */
function counts(made: SyntheticKernel, values: Readonly<Record<string, readonly [number, number]>>): void {
  const areas = twoCpus(made);
  made.symbol('irq_stat', 0x200 as Kva);
  for (const [member, each] of Object.entries(values))
    for (const [cpu, area] of areas.entries())
      made.set((area + 0x200) as Kva, `irq_cpustat_t.${member}`, each[cpu] ?? 0);
}

function read(made: SyntheticKernel) {
  const kernel = made.kernel();
  return kernel.trait(architectureInterrupts)(kernel);
}

test('a line for each member that there is; by vector and callback where it hangs on one', () => {
  const made = new SyntheticKernel();
  made.types.struct('irq_cpustat_t', {
    __nmi_count: 'u32',
    x86_platform_ipis: 'u32',
    irq_hv_callback_count: 'u32',
    hyperv_stimer0_count: 'u32',
    kvm_posted_intr_ipis: 'u32',
  });
  counts(made, { __nmi_count: [1, 2], irq_hv_callback_count: [3, 4], kvm_posted_intr_ipis: [5, 6] });
  variable(made, 'x86_platform_ipi_callback', 0);
  variable(made, 'irq_err_count', 7);
  const vectors = made.alloc(32);
  made.poke((vectors + (0xf3 >> 3)) as Kva, 1 << (0xf3 & 7), 1);
  made.symbol('system_vectors', vectors);
  made.symbol('mce_poll_count', 0x300 as Kva);
  expect(read(made)).toEqual([
    { name: 'NMI', what: 'Non-maskable interrupts', counts: [1, 2], total: 3 },
    { name: 'MCP', what: 'Machine check polls', counts: [0, 0], total: 0 },
    { name: 'HYP', what: 'Hypervisor callback interrupts', counts: [3, 4], total: 7 },
    { name: 'ERR', what: '', counts: [], total: 7 },
    { name: 'PIN', what: 'Posted-interrupt notification event', counts: [5, 6], total: 11 },
  ]);
});

function withTable(count: number): SyntheticKernel {
  const made = new SyntheticKernel();
  made.types
    .struct('irq_cpustat_t', { flush: 'u8', counts: `u32[${count}]` })
    .struct('irq_stat_info', { skip_vector: 'u32', symbol: 'ptr', text: 'ptr' });
  counts(made, { counts: [11, 12] });
  const table = made.alloc(24 * 3);
  for (const [n, [name, what]] of [
    ['NMI', '  Non-maskable\n'],
    ['SPU', '  Spurious\n'],
    ['VPMI', '  Guest\n'],
  ].entries()) {
    made.poke((table + 24 * n + 8) as Kva, made.fold.toBig(text(made, name as string)));
    made.poke((table + 24 * n + 16) as Kva, made.fold.toBig(text(made, what as string)));
  }
  made.symbol('irq_stat_info', table);
  variable(made, 'irq_stat_count_show', 0b101);
  return made;
}

test('the entries of the table that are shown', () => {
  expect(read(withTable(3))).toEqual([
    { name: 'NMI', what: 'Non-maskable', counts: [11, 12], total: 23 },
    { name: 'VPMI', what: 'Guest', counts: [0, 0], total: 0 },
  ]);
});

test('a table of more entries than there can be is a fault', () => {
  expect(() => read(withTable(900))).toThrow('irq_cpustat_t has 900 counts');
});
