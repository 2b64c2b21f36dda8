import { expect, test } from 'vitest';
import { limitsText, limitUnit, readLimits } from '../../../../src/parsers/signals/limits.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

test('unlimited, zero, and more than a double holds', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('rlimit', { rlim_cur: 'u64', rlim_max: 'u64' })
    .struct('signal_struct', { before: 'u64', rlim: 'rlimit[16]' });
  const signal = made.make('signal_struct');
  const put = (resource: number, soft: bigint, hard: bigint) => {
    made.poke((signal + 8 + resource * 16) as typeof signal, soft);
    made.poke((signal + 16 + resource * 16) as typeof signal, hard);
  };
  put(3, 8388608n, 0xffff_ffff_ffff_ffffn);
  put(15, 5n, 0xffff_ffff_ffff_fffen);
  const limits = readLimits(made.kernel(), signal);
  expect(limits).toHaveLength(16);
  expect(limits[3]).toEqual({ resource: 'STACK', soft: 8388608, hard: null });
  expect(limits[15]).toEqual({ resource: 'RTTIME', soft: 5, hard: '18446744073709551614' });
  const text = limitsText(limits).split('\n');
  expect(text[0]).toBe('Limit                     Soft Limit           Hard Limit           Units     ');
  expect(text[4]).toBe('Max stack size            8388608              unlimited            bytes     ');
  expect(text[14]).toBe('Max nice priority         0                    0                    ');
  expect(text).toHaveLength(18);
  expect(limitUnit('STACK')).toBe('bytes');
});
