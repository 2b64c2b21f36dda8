// XArray and radix tree (include/linux/xarray.h, lib/xarray.c); both have the layout of struct xa_node since 4.20.
//
// A slot holds NULL, a pointer (low bits 00), a value (bit 0), or an internal entry (low bits 10): a node, a sibling (the
// slot of the multi-index entry that it belongs to), or a reservation. Nodes get strictly lower on the way down, so
// there is no loop to guard against; and each knows its parent and its slot there, so that none is entered twice. Both are
// set before a node is linked (xas_alloc); only the top one's can be ahead of xa_head (xas_expand).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { attempt, lowBits, record, WALK_LIMIT } from './visit.js';

/**
 * Called with each pointer entry; `order` is log2 of the number of indexes it covers, `marks` has a bit for each of the
 * three marks where they were asked for. `false` ends the walk.
 */
export type VisitIndex = (index: number, entry: Kva, order: number, marks: number) => unknown;
/** Called with each value entry (xa_to_value): shadow and swap entries of the page cache. */
export type VisitValue = (index: number, value: bigint, order: number) => unknown;

export interface XArrayOptions {
  readonly values?: VisitValue;
  /** Read the marks; an entry that has no node has its in xa_flags, which is not read. */
  readonly marks?: boolean;
  /** Nodes, not entries. */
  readonly limit?: number;
}

const XARRAY = { head: 'xa_head' } as const;
const XA_NODE = { shift: 'shift', slots: 'slots', offset: 'offset', parent: 'parent' } as const;
const XA_MARKS = { marks: 'marks' } as const;
/** XA_MAX_MARKS. */
const MARKS = 3;
/** xa_is_node: internal entries above this are nodes; kernel addresses are negative here. */
const LARGEST_RESERVED = 4096;
/** Shift of the top node of a full tree; above it stands the head. */
const HEAD = 61;

type NodeLayout = { readonly [member in keyof typeof XA_NODE]: number };

/** Visits all entries of the xarray at `array` (struct xarray, radix_tree_root, or idr.idr_rt), in order of index. */
export function forEachXArrayEntry(
  kernel: Kernel,
  array: Kva,
  visit: VisitIndex,
  options: XArrayOptions = {},
): void {
  new XArrayWalk(kernel, visit, options).run(array);
}

class XArrayWalk {
  private readonly at: NodeLayout;
  private readonly chunk: number;
  private readonly values: VisitValue | undefined;
  /** Where a node has its marks; undefined where nobody asked. */
  private readonly marks: number | undefined;
  private readonly limit: number;
  private nodes = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly visit: VisitIndex,
    options: XArrayOptions,
  ) {
    this.at = kernel.layout('xa_node', XA_NODE);
    this.chunk = chunkOf(kernel);
    this.values = options.values;
    if (options.marks === true) this.marks = kernel.layout('xa_node', XA_MARKS).marks;
    this.limit = options.limit ?? WALK_LIMIT;
  }

  run(array: Kva): void {
    const { head } = this.kernel.layout('xarray', XARRAY);
    attempt(this.kernel, () => this.slot(array, head, 0, HEAD), true);
  }

  /** What a slot of a node of shift `above`, or the head, holds; false when the visitor wants no more. */
  private slot(base: Kva, at: number, index: number, above: number): boolean {
    const { mem } = this.kernel;
    if (mem.u32(base, at) & 1) {
      const { values } = this;
      return (
        values === undefined || values(index, mem.u64(base, at) >> 1n, this.order(base, at, above)) !== false
      );
    }
    const entry = mem.ptr(base, at);
    if (entry === NULL) return true;
    if (lowBits(entry, 3) === 0)
      return this.visit(index, entry, this.order(base, at, above), this.marksOf(base, at, above)) !== false;
    if (!isNode(entry)) return true;
    const child = (entry - 2) as Kva;
    if (above !== HEAD) this.checkParent(child, base, (at - this.at.slots) / 8);
    return this.node(child, index, above);
  }

  private checkParent(child: Kva, node: Kva, slot: number): void {
    const { mem } = this.kernel;
    if (mem.ptr(child, this.at.parent) === node && mem.u8(child, this.at.offset) === slot) return;
    throw mem.fault('corrupt', 'xa_node has another parent than the node that leads to it', child);
  }

  private node(node: Kva, first: number, above: number): boolean {
    const { mem, faults } = this.kernel;
    if (++this.nodes > this.limit) {
      faults.add(mem.fault('bound', `xarray has more than ${this.limit} nodes`, node));
      return false;
    }
    const shift = attempt(this.kernel, () => shiftOf(this.kernel, node, this.at.shift, above), undefined);
    if (shift === undefined) return true;
    const step = 2 ** shift;
    for (let n = 0; n < this.chunk; n++) {
      try {
        if (!this.slot(node, this.at.slots + n * 8, first + n * step, shift)) return false;
      } catch (error) {
        record(this.kernel, error);
      }
    }
    return true;
  }

  /** A bitmap of `chunk` slots for each mark. */
  private marksOf(node: Kva, at: number, shift: number): number {
    if (this.marks === undefined || shift === HEAD) return 0;
    const slot = (at - this.at.slots) / 8;
    const words = Math.ceil(this.chunk / 64) * 8;
    let found = 0;
    for (let mark = 0; mark < MARKS; mark++) {
      const byte = this.kernel.mem.u8(node, this.marks + mark * words + (slot >>> 3));
      found |= ((byte >>> (slot & 7)) & 1) << mark;
    }
    return found;
  }

  /** log2 of the number of indexes of the entry in a slot: those of the slot, and of the siblings behind it. */
  private order(node: Kva, at: number, shift: number): number {
    if (shift === HEAD) return 0;
    const { mem } = this.kernel;
    const slot = (at - this.at.slots) / 8;
    let next = slot + 1;
    while (next < this.chunk) {
      const sibling = this.at.slots + next * 8;
      if (mem.u32(node, sibling) !== slot * 4 + 2 || mem.u32(node, sibling + 4) !== 0) break;
      next++;
    }
    return shift + Math.floor(Math.log2(next - slot));
  }
}

/** The entry at an index; NULL where there is none, or a value. Throws a fault where a node cannot be read. */
export function loadXArray(kernel: Kernel, array: Kva, index: number): Kva {
  const { mem } = kernel;
  const { head } = kernel.layout('xarray', XARRAY);
  const { shift, slots } = kernel.layout('xa_node', XA_NODE);
  const chunk = chunkOf(kernel);
  let entry = pointerAt(kernel, array, head);
  if (!isNode(entry)) return index === 0 && lowBits(entry, 3) === 0 ? entry : NULL;
  for (let above = HEAD; isNode(entry); ) {
    const node = (entry - 2) as Kva;
    const here = shiftOf(kernel, node, shift, above);
    if (above === HEAD && index >= 2 ** here * chunk) return NULL;
    const slot = Math.floor(index / 2 ** here) % chunk;
    entry = pointerAt(kernel, node, slots + slot * 8);
    if (isSibling(entry, slot)) entry = pointerAt(kernel, node, slots + Math.floor(entry / 4) * 8);
    if (isSibling(entry, chunk)) throw mem.fault('corrupt', 'sibling of a sibling', node);
    above = here;
  }
  return lowBits(entry, 3) === 0 ? entry : NULL;
}

/** A slot; NULL where it holds a value, which may be no address. */
function pointerAt(kernel: Kernel, base: Kva, at: number): Kva {
  return kernel.mem.u8(base, at) & 1 ? NULL : kernel.mem.ptr(base, at);
}

function shiftOf(kernel: Kernel, node: Kva, offset: number, above: number): number {
  const shift = kernel.mem.u8(node, offset);
  if (shift < above) return shift;
  throw kernel.mem.fault('corrupt', `xa_node of shift ${shift} below one of ${above}`, node);
}

/** XA_CHUNK_SIZE; 64 unless CONFIG_BASE_SMALL. */
function chunkOf(kernel: Kernel): number {
  return kernel.types.member('xa_node.slots')?.count ?? 64;
}

function isNode(entry: number): boolean {
  return lowBits(entry, 3) === 2 && (entry < 0 || entry > LARGEST_RESERVED);
}

/** xa_mk_sibling: the number of an earlier slot, which holds the entry, as an internal entry. */
function isSibling(entry: number, slot: number): boolean {
  return lowBits(entry, 3) === 2 && entry > 0 && Math.floor(entry / 4) < slot;
}
