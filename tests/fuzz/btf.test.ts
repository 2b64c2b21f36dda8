// BTF with random damage: every question is answered, or a fault, soon.

import { describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { Fault } from '../../src/base/fault.js';
import { type Btf, openBtf } from '../../src/parsers/types/btf.js';
import { describeType } from '../../src/parsers/types/describe.js';
import { readValue } from '../../src/parsers/types/value.js';
import { BtfBuilder } from '../unit/helpers/btf-builder.js';

/** xorshift32: the same damage on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function sample(): Uint8Array {
  const blob = new BtfBuilder();
  const int = blob.int('int', 4);
  const call = blob.ptr(blob.proto(int, [int, blob.ptr(int)]));
  let last = blob.struct('s0', 8, [['m', int, 0]]);
  for (let n = 1; n < 6; n++) {
    const array = blob.array(last, 2);
    const alias = blob.typedef(`t${n}`, last);
    const inner = blob.union('', 64, [
      ['a', alias, 0],
      ['b', blob.qualifier('const', int), 0, 3],
    ]);
    last = blob.struct(`s${n}`, 128, [
      ['', inner, 0],
      ['list', array, 512],
      ['call', call, 960],
    ]);
  }
  blob.enum('e', [['E', 1]]);
  blob.enum64('w', [['W', 2n ** 60n]]);
  return blob.bytes();
}

const mem = { bytes: (_base: Kva, length: number) => new Uint8Array(length) };

function ask(btf: Btf): void {
  for (const name of ['s0', 's3', 's5', 't3', 'e', 'int']) {
    attempt(() => btf.sizeOf(name));
    attempt(() => btf.member(`${name}.list.a.m`));
    attempt(() => btf.member(`${name}.none`));
    attempt(() => describeType(btf, name));
    attempt(() => readValue(btf, mem, name, 0 as Kva));
  }
  for (const name of ['E', 'W', 'none']) attempt(() => btf.enumerator(name));
}

function attempt(question: () => unknown): void {
  try {
    question();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

describe('damaged BTF', () => {
  const good = sample();

  test('is answered or a fault, whatever bytes are changed', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const bytes = good.slice();
      for (let n = next(8); n >= 0; n--)
        bytes[next(4) === 0 ? next(bytes.length) : 24 + next(bytes.length - 24)] = next(256);
      attempt(() => ask(openBtf(bytes)));
    }
  });

  test('is answered or a fault, wherever references lead', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const bytes = good.slice();
      const words = new DataView(bytes.buffer);
      for (let n = 0; n < 12; n++) words.setUint32(24 + next((bytes.length - 24) >> 2) * 4, next(50), true);
      attempt(() => ask(openBtf(bytes)));
    }
  });

  test('is a fault at every length but its own', () => {
    for (let length = 0; length < good.length; length += 7) {
      expect(() => openBtf(good.subarray(0, length))).toThrow(Fault);
    }
  });

  test('that fans out without end is given up', () => {
    const blob = new BtfBuilder();
    const int = blob.int('int', 4);
    let last = blob.struct('', 4, [['leaf', int, 0]]);
    for (let depth = 0; depth < 11; depth++) {
      last = blob.struct(
        depth === 10 ? 'top' : '',
        4,
        Array.from({ length: 64 }, () => ['', last, 0]),
      );
    }
    const btf = openBtf(blob.bytes());
    expect(() => btf.member('top.none')).toThrow('too often');
    expect(() => describeType(btf, 'top')).toThrow('too often');
    expect(() => readValue(btf, mem, 'top', 0 as Kva)).toThrow('too often');
  });
});
