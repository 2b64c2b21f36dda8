// One object of a kind for each kernel: caches that live exactly as long as the kernel they describe.

import type { Kernel } from './kernel.js';

export function perKernel<T>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const made = new WeakMap<Kernel, T>();
  return (kernel) => {
    let found = made.get(kernel);
    if (found === undefined) {
      found = make(kernel);
      made.set(kernel, found);
    }
    return found;
  };
}
