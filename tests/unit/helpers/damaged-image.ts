// An image whose memory is damaged from a moment on: cache lines of it, always the same ones, in one way.

import type { Image } from '../../../src/parsers/image/image.js';

const LINE = 64;

export type Damage = (line: Uint8Array, random: () => number) => void;

export const DAMAGES: Record<string, Damage> = {
  zeroes: (line) => line.fill(0),
  ones: (line) => line.fill(0xff),
  'a wrong byte': (line, random) => {
    line[Math.floor(random() * line.length)] = random() * 256;
  },
  noise: (line, random) => {
    for (let i = 0; i < line.length; i++) line[i] = random() * 256;
  },
};

/** A hash of two numbers in [0, 1): the same memory is damaged in the same way whenever it is read. */
function hash(a: number, b: number): number {
  let h = Math.imul((a ^ Math.imul(b, 0x9e37_79b1)) >>> 0, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** An image that tells the truth until it is switched. */
export function damaged(
  image: Image,
  seed: number,
  rate: number,
  damage: Damage,
): { image: Image; begin: () => void } {
  let active = false;
  const read: Image['read'] = (at, into) => {
    const bytes = image.read(at, into);
    for (let offset = 0; active && offset < bytes; offset += LINE) {
      const line = (at + offset) / LINE;
      let step = 0;
      if (hash(line, seed) < rate)
        damage(into.subarray(offset, offset + LINE), () => hash(line, seed + ++step));
    }
    return bytes;
  };
  const liar = Object.create(image, { read: { value: read } }) as Image;
  return { image: liar, begin: () => (active = true) };
}
