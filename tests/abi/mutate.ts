// Small changes of a file, out of a seeded generator.
import type { Random } from './random.js';

/** Values at which something ends. */
const EDGES = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0xfffe, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes a file in place, or returns another. */
export function mutate(file: Uint8Array, random: Random): Uint8Array {
  const at = random.below(file.length);
  const word = Math.min(at - (at % 4), file.length - 8);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  switch (random.below(8)) {
    case 0:
      file[at] = (file[at] ?? 0) ^ (1 << random.below(8));
      return file;
    case 1:
      file[at] = random.below(256);
      return file;
    case 2:
      view.setUint32(word, random.pick(EDGES), true);
      return file;
    case 3:
      view.setUint32(word, view.getUint32(word, true) + random.pick([1, -1, 8, -8]), true);
      return file;
    case 4:
      return file.slice(0, at);
    case 5:
      file.copyWithin(at, random.below(file.length), random.below(file.length));
      return file;
    case 6:
      file.fill(0, word, word + 8);
      return file;
    default: {
      const other = random.below(file.length - 7);
      view.setUint32(word, view.getUint32(other, true), true);
      return file;
    }
  }
}
