import { expect, test } from 'vitest';
import { readPending } from '../../../../src/parsers/signals/pending.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';
import { declareSignalInfo, queued } from './made-signals.js';

function made() {
  const kernel = new SyntheticKernel();
  declareSignalInfo(kernel);
  return kernel;
}

test('in the order of sending; then those of which only the bit is left', () => {
  const kernel = made();
  const bits = (1n << 14n) | (1n << 33n) | (1n << 8n);
  const pending = kernel.make('sigpending', { signal: bits });
  kernel.list(pending, [queued(kernel, 34, -1), queued(kernel, 15, 0), queued(kernel, 34, -2, 1)]);
  const found = readPending(kernel.kernel(), pending);
  expect(found.set).toBe('0000000200004100');
  expect(found.queue.map(({ signal, ofTimer, info }) => [signal, ofTimer, info?.codeName])).toEqual([
    [34, false, 'SI_QUEUE'],
    [15, false, 'SI_USER'],
    [34, true, 'SI_TIMER'],
    [9, false, undefined],
  ]);
});

test('a queue that comes back to its middle ends there', () => {
  const kernel = made();
  const pending = kernel.make('sigpending');
  const [a, b] = [queued(kernel, 34, -1), queued(kernel, 35, -1)];
  kernel.list(pending, [a, b]);
  kernel.set(b, 'list_head.next', a);
  const read = kernel.kernel();
  expect(readPending(read, pending).queue.map(({ signal }) => signal)).toEqual([34, 35]);
  expect(read.faults.records.map(({ kind }) => kind)).toEqual(['loop']);
});
