import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { mapOwner } from '../../../../src/parsers/descriptors/bpf-eras.js';
import { MadeDescriptors } from './made-descriptors.js';

const [HASH, PROGRAMS] = [1, 3];

function aside(made: MadeDescriptors, type: number): Kva {
  made.types
    .struct('bpf_map_owner', { type: 'u32', jited: 'bool' })
    .struct('bpf_map', { map_type: 'u32', owner: 'ptr' });
  const owner = type === 0 ? 0 : made.make('bpf_map_owner', { type, jited: 1 });
  return made.make('bpf_map', { map_type: PROGRAMS, owner });
}

function inMap(made: MadeDescriptors, type: number): Kva {
  made.types
    .struct('owner', { lock: 'u32', type: 'u32', jited: 'bool' })
    .struct('bpf_map', { map_type: 'u32', owner: 'owner' });
  return made.make('bpf_map', { map_type: PROGRAMS, 'owner.type': type, 'owner.jited': 1 });
}

function withArray(made: MadeDescriptors, type: number, mapType = PROGRAMS): Kva {
  made.types
    .struct('owner', { lock: 'u32', type: 'u32', jited: 'bool' })
    .struct('bpf_array_aux', { owner: 'owner' })
    .struct('bpf_map', { map_type: 'u32', key_size: 'u32', value_size: 'u32', max_entries: 'u32' })
    .struct('bpf_array', { map: 'bpf_map', aux: 'ptr' });
  const aux = made.make('bpf_array_aux', { 'owner.type': type, 'owner.jited': 1 });
  return made.make('bpf_array', { 'map.map_type': mapType, aux });
}

test.each([
  ['aside', aside],
  ['in the map', inMap],
  ['with an array of programs', withArray],
])('owner of a map, %s', (_, make) => {
  const owned = new MadeDescriptors();
  const [map, kernel] = [make(owned, 6), owned.kernel()];
  expect(kernel.trait(mapOwner)(kernel, map)).toEqual({ type: 6, jited: true });
  const free = new MadeDescriptors();
  const [unclaimed, other] = [make(free, 0), free.kernel()];
  expect(other.trait(mapOwner)(other, unclaimed)).toBeNull();
});

test('a map of another kind has no array’s data', () => {
  const made = new MadeDescriptors();
  const map = withArray(made, 6, HASH);
  const kernel = made.kernel();
  expect(kernel.trait(mapOwner)(kernel, map)).toBeNull();
});
