import { expect, test } from 'vitest';
import { hasText } from '../../../../src/parsers/kernel/rodata.js';
import { MadeDescriptors } from '../descriptors/made-descriptors.js';

function probe(made: MadeDescriptors, text: string): boolean {
  const kernel = made.kernel();
  return hasText(text)(kernel.types, kernel.symbols, kernel.mem);
}

test('a text among the constants is found, another one is not', () => {
  const made = new MadeDescriptors();
  made.constants('pos:\t%lli\n', 'eventfd-id: %d\n');
  expect(probe(made, 'eventfd-id: %d')).toBe(true);
  expect(probe(made, 'eventfd-semaphore')).toBe(false);
});

test('a kernel without the symbols has none', () => {
  expect(probe(new MadeDescriptors(), 'x')).toBe(false);
});
