// One object of a kind for each dump: what has been read of it lives exactly as long as the dump does.

import type { Dump } from '../dump.js';

export function perDump<T>(make: (dump: Dump) => T): (dump: Dump) => T {
  const made = new WeakMap<Dump, { readonly value: T }>();
  return (dump) => {
    let found = made.get(dump);
    if (found === undefined) {
      found = { value: make(dump) };
      made.set(dump, found);
    }
    return found.value;
  };
}
