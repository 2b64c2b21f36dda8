// What lies in the rings of an io_uring instance: entries that one side wrote and the other has not taken. Entries are as
// programs know them (include/uapi/linux/io_uring.h); who prints them is io_uring/fdinfo.c.

import { type Kva, NULL } from '../../base/address.js';
import type { RingCompletion, RingSubmission } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';
import { forEachListEntry } from '../walks/list.js';
import { hex64 } from './open-object.js';

const CONTEXT = {
  entries: 'sq_sqes',
  array: 'sq_array',
  overflow: 'cq_overflow_list',
} as const;
const RINGS = { completions: 'cqes' } as const;
const OVERFLOW = { list: 'list', entry: 'cqe' } as const;
const NAME = { name: 'name' } as const;
/** struct io_uring_sqe, which programs know. */
const SQE = {
  opcode: 0,
  flags: 1,
  fd: 4,
  offset: 8,
  address: 16,
  operationFlags: 28,
  userData: 32,
  bufferIndex: 40,
  bytes: 64,
} as const;
/** struct io_uring_cqe. */
const CQE = { userData: 0, result: 8, flags: 12, more: 16, bytes: 16 } as const;
/** IORING_SETUP_*. */
export const SETUP = {
  sqPoll: 1 << 1,
  sqe128: 1 << 10,
  cqe32: 1 << 11,
  noArray: 1 << 16,
  cqeMixed: 1 << 18,
  sqeMixed: 1 << 19,
} as const;
/** IORING_CQE_F_32: this one is of 32 bytes, in a ring of both kinds. */
const LONG = 1 << 15;
/** IORING_MAX_ENTRIES and IORING_MAX_CQ_ENTRIES. */
const [MAX_SUBMISSIONS, MAX_COMPLETIONS] = [32768, 65536];
const MAX_NAME = 64;

/** Where the two rings of a context stand; both run on over 2^32. */
export interface Positions {
  readonly flags: number;
  readonly entries: number;
  readonly head: number;
  readonly tail: number;
}

export function pending(head: number, tail: number): number {
  return (tail - head) >>> 0;
}

export const operationNames: Trait<readonly [symbol: string, struct: string] | null> = {
  name: 'names of io_uring operations',
  eras: [
    {
      name: 'apart from what is called often',
      since: '6.3',
      commit: 'f30bd4d03824',
      evidence: 'symbol io_cold_defs',
      probe: hasSymbol('io_cold_defs'),
      reader: ['io_cold_defs', 'io_cold_def'],
    },
    {
      name: 'with the operations',
      since: '6.0',
      commit: 'cfd22e6b3319',
      evidence: 'io_op_def.name',
      probe: (types, symbols) =>
        symbols.address('io_op_defs') !== undefined && types.member('io_op_def.name') !== undefined,
      reader: ['io_op_defs', 'io_op_def'],
    },
    { name: 'none', since: '5.1', commit: null, evidence: 'neither', probe: () => true, reader: null },
  ],
};

export function readSubmissions(kernel: Kernel, context: Kva, at: Positions): RingSubmission[] {
  const areLong = (at.flags & SETUP.sqe128) !== 0;
  const areMixed = (at.flags & SETUP.sqeMixed) !== 0;
  const found: RingSubmission[] = [];
  for (let i = 0; i < waiting(at); i++) {
    const place = submissionAt(kernel, context, at, at.head + i);
    if (place === null) continue;
    const isAmongShort = areMixed && isLongOperation(kernel, kernel.mem.u8(place.entry, SQE.opcode));
    const isWhole = isAmongShort && place.index < at.entries - 1;
    found.push(readSubmission(kernel, place.entry, place.index, areLong || isWhole));
    // In a ring of both sizes a long one takes two places.
    if (isAmongShort) i++;
  }
  return found;
}

/** How many submissions there are to list. */
export function waiting(at: Positions): number {
  return Math.min(pending(at.head, at.tail), at.entries, MAX_SUBMISSIONS);
}

/** Positions run on over 2^32; places are as many as a power of two. */
export function placeOf({ entries }: Positions, position: number): number {
  return (position & (entries - 1)) >>> 0;
}

/** Null where the process named an entry that there is not. */
export function submissionAt(kernel: Kernel, context: Kva, at: Positions, position: number) {
  const { mem } = kernel;
  const place = kernel.layout('io_ring_ctx', CONTEXT);
  const slot = placeOf(at, position);
  const hasArray = (at.flags & SETUP.noArray) === 0;
  const index = hasArray ? mem.u32(mem.ptr(context, place.array), slot * 4) : slot;
  if (index >= at.entries) return null;
  const bytes = SQE.bytes * (at.flags & SETUP.sqe128 ? 2 : 1);
  return { index, entry: (mem.ptr(context, place.entries) + index * bytes) as Kva };
}

/** Whether its entries are always of 128 bytes: io_issue_def.is_128, 6.19. */
export function isLongOperation(kernel: Kernel, opcode: number): boolean {
  const member = kernel.types.member('io_issue_def.is_128');
  if (member?.bits == null || opcode >= (kernel.types.enumerator('IORING_OP_LAST') ?? 0)) return false;
  const definition = (kernel.symbol('io_issue_defs') + opcode * kernel.sizeOf('io_issue_def')) as Kva;
  return ((kernel.mem.u8(definition, member.offset) >>> member.bits.offset) & 1) === 1;
}

export function readSubmission(kernel: Kernel, entry: Kva, index: number, isLong: boolean): RingSubmission {
  const { mem } = kernel;
  const words = isLong ? SQE.bytes / 8 : 0;
  const opcode = mem.u8(entry, SQE.opcode);
  return {
    index,
    opcode,
    name: nameOf(kernel, opcode),
    fd: mem.i32(entry, SQE.fd),
    flags: mem.u8(entry, SQE.flags),
    offset: mem.wide(entry, SQE.offset),
    address: hex64(mem.u64(entry, SQE.address)),
    operationFlags: mem.u32(entry, SQE.operationFlags),
    bufferIndex: mem.u16(entry, SQE.bufferIndex),
    userData: mem.wide(entry, SQE.userData),
    more: Array.from({ length: words }, (_, i) => hex64(mem.u64(entry, SQE.bytes + i * 8))),
  };
}

/** io_uring_get_opcode(). */
function nameOf(kernel: Kernel, opcode: number): string | null {
  const names = kernel.trait(operationNames);
  if (names === null) return null;
  const [symbol, struct] = names;
  if (opcode >= (kernel.types.enumerator('IORING_OP_LAST') ?? 0)) return 'INVALID';
  const each = (kernel.symbol(symbol) + opcode * kernel.sizeOf(struct)) as Kva;
  const text = kernel.mem.ptr(each, kernel.layout(struct, NAME).name);
  return text === NULL ? null : kernel.mem.cstr(text, 0, MAX_NAME);
}

export function readCompletions(kernel: Kernel, rings: Kva, at: Positions): RingCompletion[] {
  return (at.flags & SETUP.cqe32) === 0
    ? readShortPlaces(kernel, rings, at, (at.flags & SETUP.cqeMixed) === 0 ? 0 : LONG)
    : readLongPlaces(kernel, rings, at);
}

function readLongPlaces(kernel: Kernel, rings: Kva, at: Positions): RingCompletion[] {
  return Array.from({ length: listed(at) }, (_, i) => {
    const index = placeOf(at, at.head + i);
    return readCompletion(kernel, completionAt(kernel, rings, index * 2), index, true);
  });
}

/** Places of 16 bytes, of which a long completion takes two; `long`: flags by which it is known. */
function readShortPlaces(kernel: Kernel, rings: Kva, at: Positions, long: number): RingCompletion[] {
  const found: RingCompletion[] = [];
  for (let i = 0; i < listed(at); i++) {
    const index = placeOf(at, at.head + i);
    const entry = completionAt(kernel, rings, index);
    const isLong = (kernel.mem.u32(entry, CQE.flags) & long) !== 0;
    found.push(readCompletion(kernel, entry, index, isLong));
    if (isLong) i++;
  }
  return found;
}

/** How many completions there are to list. */
export function listed(at: Positions): number {
  return Math.min(pending(at.head, at.tail), at.entries, MAX_COMPLETIONS);
}

export function completionAt(kernel: Kernel, rings: Kva, place: number): Kva {
  return (rings + kernel.layout('io_rings', RINGS).completions + place * CQE.bytes) as Kva;
}

export function readCompletion(
  { mem }: Kernel,
  at: Kva,
  index: number | null,
  isLong: boolean,
): RingCompletion {
  return {
    index,
    userData: mem.wide(at, CQE.userData),
    result: mem.i32(at, CQE.result),
    flags: mem.u32(at, CQE.flags),
    more: isLong ? [mem.wide(at, CQE.more), mem.wide(at, CQE.more + 8)] : [],
  };
}

/** Completions that found the ring full; the kernel puts them in when there is room. */
export function readOverflow(kernel: Kernel, context: Kva): RingCompletion[] {
  const { overflow } = kernel.layout('io_ring_ctx', CONTEXT);
  const at = kernel.layout('io_overflow_cqe', OVERFLOW);
  const found: RingCompletion[] = [];
  const take = (one: Kva) => void found.push(readCompletion(kernel, (one + at.entry) as Kva, null, false));
  forEachListEntry(kernel, (context + overflow) as Kva, at.list, take, MAX_COMPLETIONS);
  return found;
}
