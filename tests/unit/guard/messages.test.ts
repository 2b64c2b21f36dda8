import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/base/error.js';
import { LINE_LIMIT, type Message, MessageReader } from '../../../src/guard/messages.js';

function read(...pieces: (string | Buffer)[]): Message[] {
  const reader = new MessageReader();
  return pieces.flatMap((piece) => [...reader.feed(Buffer.from(piece))]);
}

describe('messages of the executor', () => {
  test('are lines', () => {
    expect(
      read(
        'hello 1 6.1.0-50-cloud-amd64\nstage root 2500000000\nrefused rule 3: too long\nsay  two  words\n',
      ),
    ).toEqual([
      { kind: 'hello', version: 1, release: '6.1.0-50-cloud-amd64' },
      { kind: 'stage', name: 'root', nanoseconds: 2_500_000_000 },
      { kind: 'refused', reason: 'rule 3: too long' },
      { kind: 'say', text: ' two  words' },
    ]);
    expect(read('none no plan came within 60 s\nafter -1\nafter 0\ndone\n')).toEqual([
      { kind: 'none', reason: 'no plan came within 60 s' },
      { kind: 'after', exitCode: -1 },
      { kind: 'after', exitCode: 0 },
      { kind: 'done' },
    ]);
  });

  test('come in whatever pieces, a byte at a time', () => {
    const whole = Buffer.concat([
      Buffer.from('stage a 1\njournal 5\n'),
      Buffer.from('\n\0ab\n'),
      Buffer.from('plan 3\n\0\0\n'),
      Buffer.from('done\n'),
    ]);
    const expected = [
      { kind: 'stage', name: 'a', nanoseconds: 1 },
      { kind: 'journal', bytes: Buffer.from('\n\0ab\n') },
      { kind: 'plan', bytes: Buffer.from('\0\0\n') },
      { kind: 'done' },
    ];
    expect(read(whole)).toEqual(expected);
    expect(read(...[...whole].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  test('an empty journal is one', () => {
    expect(read('journal 0\ndone\n')).toEqual([
      { kind: 'journal', bytes: Buffer.alloc(0) },
      { kind: 'done' },
    ]);
  });

  test.each([
    'hello',
    'hello x y',
    'stage root',
    'stage root -1',
    'after',
    'after x',
    'done now',
    'plan',
    'plan x',
    '',
    '\0\x01',
    'constructor',
    '__proto__ x',
  ])('what is none is told as unknown: %j', (line) => {
    expect(read(`${line}\n`)).toEqual([{ kind: 'unknown', line }]);
  });

  test('a line without an end, or a journal or plan without bounds, is refused', () => {
    expect(() => read(Buffer.alloc(LINE_LIMIT + 1, 0x61))).toThrow(InputError);
    expect(() => read(Buffer.from(`${'a'.repeat(LINE_LIMIT + 1)}\n`))).toThrow(InputError);
    expect(() => read('journal 99999999999\n')).toThrow('a journal of 99999999999 bytes');
    expect(() => read('plan 99999999999\n')).toThrow('a plan of 99999999999 bytes');
  });
});
