import { expect, test } from 'vitest';
import { DeclaredTypes } from '../../../../src/parsers/swap/declared-types.js';
import { SyntheticTypes } from '../../helpers/synthetic-types.js';

const base = new SyntheticTypes()
  .struct('list_head', { next: 'ptr', prev: 'ptr' })
  .struct('lock', { word: 'u32' }, 4);
const types = new DeclaredTypes(
  base,
  {
    inner: { flag: 'u8', count: 'u32', all: 'ptr[3]' },
    outer: { lock: 'lock', list: 'list_head', inner: 'inner', a: 'u32:2', b: 'u32:9', c: 'u32:3', end: 'u8' },
  },
  { FIRST: 24 },
);

test('members are laid out as a compiler would', () => {
  expect(types.member('inner.count')).toEqual({ offset: 4, size: 4, bits: null, count: null, struct: 'u32' });
  expect(types.member('inner.all')).toMatchObject({ offset: 8, size: 24, count: 3 });
  expect(types.sizeOf('inner')).toBe(32);
  expect(types.member('outer.list')?.offset).toBe(8);
  expect(types.member('outer.list.prev')?.offset).toBe(16);
  expect(types.member('outer.inner.all')?.offset).toBe(32);
  expect(types.member('outer.a')).toMatchObject({ offset: 56, bits: { offset: 0, width: 2 } });
  expect(types.member('outer.b')).toMatchObject({ offset: 56, bits: { offset: 2, width: 9 } });
  expect(types.member('outer.c')).toMatchObject({ offset: 56, bits: { offset: 11, width: 3 } });
  expect(types.member('outer.end')?.offset).toBe(60);
  expect(types.sizeOf('outer')).toBe(64);
});

test('what is not declared is asked of the types below', () => {
  expect(types.member('list_head.prev')?.offset).toBe(8);
  expect(types.sizeOf('lock')).toBe(4);
  expect(types.member('outer.none')).toBeUndefined();
  expect(types.member('none.none')).toBeUndefined();
  expect([types.enumerator('FIRST'), types.enumerator('OTHER')]).toEqual([24, undefined]);
});
