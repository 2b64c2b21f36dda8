// The build's rewriting of object literals: they mean the same, and their objects share a hidden class.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { withSharedClasses } from '../../../scripts/shared-classes.mjs';

test.each([
  ['({...x, y: 1})', '({...null,...x, y: 1})'],
  ['({...x, ...y})', '({...null,...x, ...y})'],
  ['f({ ...x, y: { ...z, w } })', 'f({ ...null,...x, y: { ...null,...z, w } })'],
  ['({...x})', '({...x})'],
  ['({ y: 1, ...x })', '({ y: 1, ...x })'],
  ['const {...x} = y; [...x, 1]; f(...x, "{...x, y}")', 'const {...x} = y; [...x, 1]; f(...x, "{...x, y}")'],
])('%s', (program, expected) => {
  expect(withSharedClasses(program, 'script')).toBe(expected);
});

test('modules', () => {
  expect(withSharedClasses('export const a = {...x, y}', 'module')).toBe(
    'export const a = {...null,...x, y}',
  );
});

const PROGRAM = `
  const made = [];
  for (let i = 0; i < 2000; i++) made.push(((x) => ({ ...x, more: i }))({ a: i, b: 'b', c: null }));
  made;
`;

test('objects of one literal are of one class, and what they were', () => {
  setFlagsFromString('--allow-natives-syntax');
  const same = runInNewContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;
  expect(same({}, { a: 1 })).toBe(false); // compiled with the switch on
  setFlagsFromString('--no-allow-natives-syntax');
  const objects = runInNewContext(withSharedClasses(PROGRAM, 'script')) as object[];
  const settled = objects.slice(1000); // by then V8 has collected feedback
  expect(settled.every((each) => same(each, settled[0] as object))).toBe(true);
  expect(objects.at(-1)).toEqual({ a: 1999, b: 'b', c: null, more: 1999 });
  expect(Object.keys(objects.at(-1) as object)).toEqual(['a', 'b', 'c', 'more']);
});
