// What has been read once, by its address.

import type { Hex } from './address.js';

/** Reads each thing once: a memo by kernel address. */
export class Memo<T> {
  private readonly known = new Map<Hex, T>();

  get(address: Hex, read: () => T): T {
    let found = this.known.get(address);
    if (found === undefined) {
      found = read();
      this.known.set(address, found);
    }
    return found;
  }
}
