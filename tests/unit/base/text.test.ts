// Bytes as text, and back.
import { describe, expect, test } from 'vitest';
import { bytesOfText, isTextOfBytes, textOfBytes } from '../../../src/base/text.js';
import { random } from '../helpers/random.js';

test.each([
  ['', ''],
  ['init', 'init'],
  ['a'.repeat(5000), 'a'.repeat(5000)],
  ['grün', 'grün'],
  ['\ufeffbom', '\ufeffbom'],
  ['a\ufffdb', 'a\ufffdb'],
  ['🦊', '🦊'],
])('UTF-8 of %j', (text, expected) => {
  expect(textOfBytes(new TextEncoder().encode(text))).toBe(expected);
});

// What Python's os.fsdecode() makes of them, under a UTF-8 locale.
test.each([
  ['61ff62', 'a\udcffb'],
  ['fffe', '\udcff\udcfe'],
  ['c3a9c3', 'é\udcc3'],
  ['c3', '\udcc3'],
  ['c0af', '\udcc0\udcaf'],
  ['e08080', '\udce0\udc80\udc80'],
  ['edb380', '\udced\udcb3\udc80'],
  ['eda080', '\udced\udca0\udc80'],
  ['f4908080', '\udcf4\udc90\udc80\udc80'],
  ['f09fa6', '\udcf0\udc9f\udca6'],
  ['f09fa68af09fa6', '🦊\udcf0\udc9f\udca6'],
  ['efbfbdff', '\ufffd\udcff'],
  ['80', '\udc80'],
  ['e2822f', '\udce2\udc82/'],
])('%s is %j', (hex, expected) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(textOfBytes(bytes)).toBe(expected);
  expect(bytesOfText(expected).toString('hex')).toBe(hex);
});

describe('any bytes come back', () => {
  const next = random(20261123);
  const below = (end: number) => Math.floor(next() * end);
  /** Characters whole, cut short, with a bit turned, and bytes alone. */
  const pieces = ['a', '/', 'é', '中', '🦊', '\ufeff', '\ufffd', '\ud7ff', '\ue000', '\u{10ffff}'].map(
    (each) => Buffer.from(each),
  );
  const piece = (): Buffer => {
    const whole = Buffer.from(pieces[below(pieces.length)] as Buffer);
    const kind = below(4);
    if (kind === 0) return Buffer.of(below(256));
    if (kind === 1) return whole.subarray(0, below(whole.length) + 1);
    if (kind === 2) whole[below(whole.length)] = below(256);
    return whole;
  };
  const some = (most: number) => Buffer.concat(Array.from({ length: below(most) }, piece));

  test.each([
    [5000, 12],
    [200, 900],
  ])('%d of up to %d pieces', (count, most) => {
    for (let i = 0; i < count; i++) {
      const bytes = some(most);
      const text = textOfBytes(bytes);
      const said = bytes.toString('hex');
      expect(bytesOfText(text).toString('hex'), said).toBe(said);
      expect(textOfBytes(bytesOfText(JSON.parse(JSON.stringify(text)))), said).toBe(text);
      expect(isTextOfBytes(text), said).toBe(true);
      // Where all is UTF-8 it is what everybody makes of it.
      if (text.isWellFormed()) expect(text, said).toBe(bytes.toString());
    }
  });

  test('each pair of bytes', () => {
    const texts = new Set<string>();
    for (let word = 0; word < 0x10000; word++) {
      const bytes = Buffer.of(word >> 8, word & 0xff);
      const text = textOfBytes(bytes);
      if (!bytesOfText(text).equals(bytes))
        expect(bytesOfText(text).toString('hex')).toBe(bytes.toString('hex'));
      texts.add(text);
    }
    expect(texts.size).toBe(0x10000);
  });
});

test.each([
  '\ud800',
  'a\udc00b',
  '\udc7f',
  '\udd00',
  '\udcc3\udca9',
  '\udcf0\udc9f\udca6\udc8a',
  '\ud83e\ud83e\udd8a',
])('%j is the text of no bytes', (text) => {
  expect(isTextOfBytes(text)).toBe(false);
});

test.each(['', 'plain', '🦊', '\udcff', 'é\udcc3'])('%j is the text of bytes', (text) => {
  expect(isTextOfBytes(text)).toBe(true);
});
