// What is kept for each dump.
import { expect, test } from 'vitest';
import type { Dump } from '../../../../src/parsers/dump.js';
import { perDump } from '../../../../src/parsers/parts/per-dump.js';

const dump = () => ({}) as Dump;

test('is made once for each dump, also where it is nothing', () => {
  let made = 0;
  const read = perDump(() => {
    made++;
    return undefined;
  });
  const [one, other] = [dump(), dump()];
  read(one);
  read(one);
  expect(made).toBe(1);
  read(other);
  expect(made).toBe(2);
});

test('is tried again where it could not be made', () => {
  let made = 0;
  const read = perDump(() => {
    if (made++ === 0) throw new Error('not yet');
    return 'read';
  });
  const one = dump();
  expect(() => read(one)).toThrow('not yet');
  expect(read(one)).toBe('read');
});
