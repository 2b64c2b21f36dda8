import { describe, expect, test } from 'vitest';
import { InputError } from '../../../../src/base/error.js';
import { openBtf } from '../../../../src/parsers/types/btf.js';
import type { TypeSource } from '../../../../src/parsers/types/types.js';
import { openTypesFile, typesFile } from '../../../../src/parsers/types/types-file.js';
import { BtfBuilder } from '../../helpers/btf-builder.js';

const blob = new BtfBuilder();
blob.struct('point', 8, [['x', blob.int('int', 4), 0]]);
const bytes = blob.bytes();

describe('a types file', () => {
  test('is the blob, without what followed it in memory', () => {
    const longer = new Uint8Array(bytes.length + 100);
    longer.set(bytes);
    expect(typesFile(openBtf(longer))).toEqual(bytes);
    expect(openTypesFile(bytes, 'some.btf').sizeOf('point')).toBe(8);
  });

  test('comes from behind a cache of answers', () => {
    const none = () => undefined;
    const cache: TypeSource = { member: none, sizeOf: none, enumerator: none, origin: 'cache' };
    expect(typesFile(cache)).toBeUndefined();
    expect(typesFile({ ...cache, whole: () => openBtf(bytes) })).toEqual(bytes);
  });

  test('that is none is the user’s error, with the file’s name', () => {
    expect(() => openTypesFile(new Uint8Array(100), 'some.btf')).toThrow(InputError);
    expect(() => openTypesFile(new Uint8Array(100), 'some.btf')).toThrow('some.btf: BTF: no magic');
  });
});
