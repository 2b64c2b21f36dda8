import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const WORD = 2n ** 64n;

function machine(perCpuStart: bigint, variable: bigint) {
  const made = new SyntheticKernel();
  const areas = [made.alloc(0x1000), made.alloc(0x1000)];
  const array = made.alloc(16);
  areas.forEach((area, cpu) => {
    made.poke((array + cpu * 8) as Kva, (made.fold.toBig(area) - perCpuStart + WORD) % WORD);
  });
  made.symbol('__per_cpu_offset', array);
  made.symbol('__per_cpu_start', made.fold.fromBig(perCpuStart));
  made.symbol('current_task', made.fold.fromBig(variable));
  return { made, areas };
}

describe('a per-CPU variable', () => {
  test('of a kernel whose symbols count from 0', () => {
    const { made, areas } = machine(0n, 0x180n);
    const kernel = made.kernel();
    expect([0, 1].map((cpu) => kernel.perCpu('current_task', cpu))).toEqual(
      areas.map((area) => area + 0x180),
    );
  });

  test('of a kernel whose symbols are addresses (since 6.15)', () => {
    const start = 0xffff_ffff_a35a_5000n;
    const { made, areas } = machine(start, start + 0x180n);
    const kernel = made.kernel();
    expect([0, 1].map((cpu) => kernel.perCpu('current_task', cpu))).toEqual(
      areas.map((area) => area + 0x180),
    );
  });

  test('of a kernel for one processor is the variable itself', () => {
    const made = new SyntheticKernel();
    const at = made.alloc(8);
    made.symbol('current_task', at);
    expect(made.kernel().perCpu('current_task', 0)).toBe(at);
  });
});

describe('CPUs', () => {
  test('are the bits of the masks, as far as nr_cpu_ids', () => {
    const made = new SyntheticKernel();
    const [possible, online, ids] = [made.alloc(16), made.alloc(16), made.alloc(4)];
    made.poke(possible, 0xffn, 1);
    made.poke((possible + 8) as Kva, 1, 1);
    made.poke(online, 0b1010, 1);
    made.poke(ids, 6, 4);
    made.symbol('__cpu_possible_mask', possible);
    made.symbol('__cpu_online_mask', online);
    made.symbol('nr_cpu_ids', ids);
    const { cpus } = made.kernel();
    expect(cpus.possible()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(cpus.online()).toEqual([1, 3]);
  });

  test('of a kernel for one processor are one', () => {
    expect(new SyntheticKernel().kernel().cpus.possible()).toEqual([0]);
  });
});
