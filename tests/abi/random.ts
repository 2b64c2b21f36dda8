// Choices out of a seeded generator: a failing seed can be run again.
import { random } from '../unit/helpers/random.js';

export class Random {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  /** Integer from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** Integer from 0 to 2^32 - 1. */
  next(): number {
    return this.below(2 ** 32);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
