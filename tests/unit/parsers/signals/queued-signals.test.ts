import { expect, test } from 'vitest';
import { queuedSignals } from '../../../../src/parsers/signals/queued-signals.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

test('5.10: the user has the count', () => {
  const made = new SyntheticKernel();
  made.types
    .struct('user_struct', { processes: 'i32', sigpending: 'i32' })
    .struct('cred', { user: 'ptr', ucounts: 'ptr' });
  const cred = made.make('cred', { user: made.make('user_struct', { sigpending: 7 }) });
  const kernel = made.kernel();
  expect(kernel.era(queuedSignals).name).toBe('user_struct.sigpending');
  expect(kernel.trait(queuedSignals)(kernel, cred)).toBe(7);
});

test.each([
  ['5.15', 'ucounts.ucount', { ucount: 'i64[4]' }],
  ['6.1', 'ucounts.rlimit', { ucount: 'i64[4]', rlimit: 'i64[4]' }],
] as const)('%s: in ucounts, at the index of its enumerator', (_release, era, members) => {
  const made = new SyntheticKernel();
  made.types.struct('ucounts', members).struct('cred', { user: 'ptr', ucounts: 'ptr' });
  made.types.enum({ UCOUNT_RLIMIT_SIGPENDING: 2 });
  const counts = made.make('ucounts');
  made.set(counts, era, 9, 2);
  const kernel = made.kernel();
  expect(kernel.era(queuedSignals).name).toBe(era);
  expect(kernel.trait(queuedSignals)(kernel, made.make('cred', { ucounts: counts }))).toBe(9);
});
