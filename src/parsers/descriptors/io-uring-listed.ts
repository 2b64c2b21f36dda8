// What newer kernels' fdinfo lists of an io_uring instance's rings where that is not what is in them (io_uring/fdinfo.c): its
// steps through entries of two sizes are not those of the rings.

import type { Kva } from '../../base/address.js';
import type { RingCompletion, RingSubmission } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import {
  completionAt,
  isLongOperation,
  listed,
  type Positions,
  placeOf,
  readCompletion,
  readSubmission,
  SETUP,
  submissionAt,
  waiting,
} from './io-uring-entries.js';

const CONTEXT = { rings: 'rings' } as const;

/** Each place is taken for one of 16 bytes even where all are of 32 (6.18): halves of others are shown. */
export function* completionsInPlaces(kernel: Kernel, context: Kva, at: Positions): Generator<RingCompletion> {
  const rings = kernel.mem.ptr(context, kernel.layout('io_ring_ctx', CONTEXT).rings);
  for (let i = 0; i < listed(at); i += 2) {
    const index = placeOf(at, at.head + i);
    yield readCompletion(kernel, completionAt(kernel, rings, index), index, true);
  }
}

/**
 * Up to the first that is long and cannot be, which is told (6.19). Behind each long one among short ones one is left
 * out, and so many are listed behind the last.
 */
export function* checkedSubmissions(
  kernel: Kernel,
  context: Kva,
  at: Positions,
): Generator<RingSubmission | string> {
  const areLong = (at.flags & SETUP.sqe128) !== 0;
  let { head } = at;
  for (let i = 0; i < waiting(at); i++) {
    const place = submissionAt(kernel, context, at, head + i);
    if (place === null) continue;
    const { index, entry } = place;
    const short = readSubmission(kernel, entry, index, false);
    if (short.name === 'INVALID') continue;
    const isLong = !areLong && isLongOperation(kernel, short.opcode);
    const where = String(index).padStart(5);
    if (isLong && (at.flags & SETUP.sqeMixed) === 0)
      return yield `${where}: invalid sqe, 128B entry on non-mixed sq`;
    if (isLong && index === at.entries - 1) return yield `${where}: corrupted sqe, wrapping 128B entry`;
    if (isLong) {
      head++;
      i++;
    }
    yield areLong || isLong ? readSubmission(kernel, entry, index, true) : short;
  }
}
