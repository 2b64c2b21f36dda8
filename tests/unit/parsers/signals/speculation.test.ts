import { describe, expect, test } from 'vitest';
import { branchSpeculation, storeBypass } from '../../../../src/parsers/signals/speculation.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const WORDS = 22;
const BUG = { spectreV2: 1 << 15, storeBypass: 1 << 17 };

/** `modes`: the values of ssb_mode, spectre_v2_user_ibpb and _stibp. */
function made(flags: number, modes: readonly [number, number, number], bugs: number, shown = true) {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('task_struct', { atomic_flags: 'u64', ...(shown ? { syscall_dispatch: 'u64' } : {}) })
    .struct('cpuinfo_x86', { before: 'u64', x86_capability: 'u32[24]' })
    .enum({ NR_CPUID_WORDS: WORDS })
    .enum({ SPEC_STORE_BYPASS_NONE: 0, SPEC_STORE_BYPASS_DISABLE: 1, SPEC_STORE_BYPASS_PRCTL: 2 })
    .enum({ SPECTRE_V2_USER_NONE: 0, SPECTRE_V2_USER_STRICT: 1, SPECTRE_V2_USER_PRCTL: 3 });
  const names = ['ssb_mode', 'spectre_v2_user_ibpb', 'spectre_v2_user_stibp'];
  for (const [i, name] of names.entries()) {
    const at = kernel.alloc(8);
    kernel.poke(at, modes[i] as number, 4);
    kernel.symbol(name, at);
  }
  const cpu = kernel.make('cpuinfo_x86');
  kernel.set(cpu, 'cpuinfo_x86.x86_capability', bugs, WORDS);
  kernel.symbol('boot_cpu_data', cpu);
  return { kernel: kernel.kernel(), task: kernel.make('task_struct', { atomic_flags: flags }) };
}

describe('store bypass', () => {
  test.each([
    [0, 0, BUG.storeBypass, 'vulnerable'],
    [0, 0, 0, 'not vulnerable'],
    [0, 1, 0, 'globally mitigated'],
    [0, 2, 0, 'thread vulnerable'],
    [1 << 3, 2, 0, 'thread mitigated'],
    [(1 << 3) | (1 << 4), 2, 0, 'thread force mitigated'],
  ])('flags %i, mode %i, bugs %i: %s', (flags, mode, bugs, text) => {
    const { kernel, task } = made(flags, [mode, 0, 0], bugs);
    expect(storeBypass(kernel, task)).toBe(text);
  });
});

describe('indirect branches', () => {
  test.each([
    [0, [0, 0], 0, 'not affected'],
    [0, [0, 0], BUG.spectreV2, 'always enabled'],
    [0, [1, 1], BUG.spectreV2, 'always disabled'],
    [0, [3, 0], BUG.spectreV2, 'conditional enabled'],
    [1 << 5, [0, 3], BUG.spectreV2, 'conditional disabled'],
    [1 << 6, [3, 3], BUG.spectreV2, 'conditional force disabled'],
  ] as const)('flags %i, modes %j, bugs %i: %s', (flags, [ibpb, stibp], bugs, text) => {
    const { kernel, task } = made(flags, [0, ibpb, stibp], bugs);
    expect(kernel.trait(branchSpeculation)(kernel, task)).toBe(text);
  });

  test('5.10 says nothing of them', () => {
    const { kernel, task } = made(0, [0, 0, 0], 0, false);
    expect(kernel.trait(branchSpeculation)(kernel, task)).toBeNull();
  });
});
