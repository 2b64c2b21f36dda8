// What walks over many lists and trees have met between them. Each walk is bounded, but not their sum; and a Set that grows
// beyond 2^24 ends a program with an error that is no fault.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';

/** No kernel that could be dumped has more objects of one kind. */
const MOST = 1 << 23;

export class Met {
  private readonly places = new Set<Kva>();

  /** `what`, for the fault: "inodes". */
  constructor(
    private readonly kernel: Kernel,
    private readonly what: string,
    private readonly limit = MOST,
  ) {}

  get size(): number {
    return this.places.size;
  }

  has(place: Kva): boolean {
    return this.places.has(place);
  }

  /** False where it was met before. Throws a fault where there are more than there can be. */
  add(place: Kva): boolean {
    if (this.places.has(place)) return false;
    if (this.places.size >= this.limit)
      throw this.kernel.mem.fault('bound', `more than ${this.limit} ${this.what}`, place);
    this.places.add(place);
    return true;
  }

  [Symbol.iterator](): IterableIterator<Kva> {
    return this.places.values();
  }
}
