import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { idMapText, readIdMap } from '../../../../src/parsers/signals/id-map.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function made(count: number) {
  const kernel = new SyntheticKernel();
  kernel.types
    .struct('uid_gid_extent', { first: 'u32', lower_first: 'u32', count: 'u32' }, 12)
    .struct('uid_gid_map', {
      extent: '@0 uid_gid_extent[5]',
      nr_extents: '@60 u32',
      forward: '@0 ptr',
      reverse: '@8 ptr',
    })
    .struct('user_namespace', { uid_map: 'uid_gid_map', gid_map: 'uid_gid_map' });
  const user = kernel.make('user_namespace', { 'gid_map.nr_extents': count });
  const map = (user + 64) as Kva;
  const array = count <= 5 ? map : kernel.alloc(count * 12);
  for (let i = 0; i < count; i++) {
    for (const [j, value] of [i * 10, 1000 + i, 5].entries())
      kernel.poke((array + i * 12 + j * 4) as Kva, value, 4);
  }
  if (array !== map) kernel.poke(map, kernel.fold.toBig(array));
  return { kernel: kernel.kernel(), user };
}

test.each([0, 1, 5, 6, 340])('%i extents, inline or in an array of their own', (count) => {
  const { kernel, user } = made(count);
  const map = readIdMap(kernel, user, 'gid_map');
  expect(map).toHaveLength(count);
  expect(readIdMap(kernel, user, 'uid_map')).toEqual([]);
  if (count > 0) {
    const last = count - 1;
    expect(map.at(-1)).toEqual({ first: last * 10, lowerFirst: 1000 + last, count: 5 });
  }
});

test('more than there can be is a fault', () => {
  const { kernel, user } = made(341);
  expect(() => readIdMap(kernel, user, 'gid_map')).toThrow('341 extents');
});

test('as /proc/PID/uid_map', () => {
  const map = [{ first: 0, lowerFirst: 0, count: 4294967295 }];
  expect(idMapText(map)).toBe('         0          0 4294967295\n');
});
