// Maple trees (include/linux/maple_tree.h, lib/maple_tree.c; 54a611b60590, 6.1): entries over ranges of indexes.
//
// A pointer to a node (maple_enode) has the node's type in bits 3–6, for nodes are aligned to 256 bytes; the root's has bit
// 1, too, which tells it from a tree that is a single entry. Ranges narrow on the way down, and each node's pivots must
// rise within its own: that bounds a walk by depth and number of nodes.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { deliver, lowBits, record, WALK_LIMIT } from './visit.js';

/** Called with the first and last index of an entry; ULONG_MAX is Infinity. `false` ends the walk. */
export type VisitRange = (first: number, last: number, entry: Kva) => unknown;

export const ULONG_MAX = Number.POSITIVE_INFINITY;

const MAPLE_TREE = { root: 'ma_root' } as const;
const NODE_MASK = 0xff;
/** MAPLE_HEIGHT_MAX */
const MAX_HEIGHT = 31;
/** xa_is_node: internal entries (low bits 10) above this are nodes. */
const LARGEST_RESERVED = 4096;
const WORD = 0x1_0000_0000;

/** Where a node of one type has its pivots and slots. */
interface Shape {
  readonly isLeaf: boolean;
  readonly slots: number;
  readonly slotCount: number;
  readonly pivots: number;
  /** None in a dense node, whose slots are an index each. */
  readonly pivotCount: number;
}

type Shapes = ReadonlyMap<number, Shape>;
const shapes = new WeakMap<Kernel, Shapes>();

/** Visits the entries of a struct maple_tree in order. */
export function forEachMapleEntry(kernel: Kernel, tree: Kva, visit: VisitRange, limit = WALK_LIMIT): void {
  new MapleWalk(kernel, visit, limit).run(tree);
}

class MapleWalk {
  private readonly shapes: Shapes;
  private nodes = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly visit: VisitRange,
    private readonly limit: number,
  ) {
    this.shapes = shapesOf(kernel);
  }

  run(tree: Kva): void {
    this.attempt(() => {
      const root = this.kernel.mem.ptr(tree, this.kernel.layout('maple_tree', MAPLE_TREE).root);
      return isNode(root) ? this.node(root, 0, ULONG_MAX, 1) : this.entry(0, 0, root);
    });
  }

  /** The slots of one node, which covers [min, max]; false when the visitor wants no more. */
  private node(enode: Kva, min: number, max: number, depth: number): boolean {
    const { mem } = this.kernel;
    const [node, shape] = this.enter(enode, depth);
    for (let first = min, n = 0; n < shape.slotCount; n++) {
      const last = lastOf(this.kernel, node, shape, n, first, max);
      if (!this.attempt(() => this.slot(mem.ptr(node, shape.slots + n * 8), shape, first, last, depth))) {
        return false;
      }
      if (last === max) return true;
      first = last + 1;
    }
    return true;
  }

  private slot(entry: Kva, shape: Shape, first: number, last: number, depth: number): boolean {
    if (shape.isLeaf) return this.entry(first, last, entry);
    return entry === NULL || this.node(entry, first, last, depth + 1);
  }

  private entry(first: number, last: number, entry: Kva): boolean {
    if (entry === NULL || isReserved(entry)) return true;
    return deliver(this.kernel, () => this.visit(first, last, entry), entry);
  }

  private enter(enode: Kva, depth: number): [node: Kva, shape: Shape] {
    const { mem, faults } = this.kernel;
    const node = nodeOf(enode);
    if (depth > MAX_HEIGHT) throw mem.fault('bound', `maple tree is more than ${MAX_HEIGHT} high`, node);
    if (++this.nodes > this.limit)
      throw mem.fault('bound', `maple tree has more than ${this.limit} nodes`, node);
    // ma_dead_node: replaced under RCU, and freed soon after. Its slots are what they were, as long as it is not reused.
    if (mem.ptr(node) === node) faults.add(mem.fault('corrupt', 'dead maple node', node));
    return [node, shapeOf(this.kernel, this.shapes, enode)];
  }

  private attempt(step: () => boolean): boolean {
    try {
      return step();
    } catch (error) {
      record(this.kernel, error);
      return this.nodes <= this.limit;
    }
  }
}

/** The entry at an index (mtree_load); NULL where there is none. Throws a fault where a node cannot be read. */
export function loadMaple(kernel: Kernel, tree: Kva, index: number): Kva {
  const { mem } = kernel;
  const known = shapesOf(kernel);
  let entry = mem.ptr(tree, kernel.layout('maple_tree', MAPLE_TREE).root);
  if (!isNode(entry)) return index === 0 && !isReserved(entry) ? entry : NULL;
  let [min, max] = [0, ULONG_MAX];
  for (let depth = 1; depth <= MAX_HEIGHT; depth++) {
    const shape = shapeOf(kernel, known, entry);
    const node = nodeOf(entry);
    let [n, last] = [0, lastOf(kernel, node, shape, 0, min, max)];
    while (last < index && last < max && n + 1 < shape.slotCount) {
      min = last + 1;
      last = lastOf(kernel, node, shape, ++n, min, max);
    }
    max = last;
    entry = mem.ptr(node, shape.slots + n * 8);
    if (shape.isLeaf) return index > last || isReserved(entry) ? NULL : entry;
    if (entry === NULL) return NULL;
  }
  throw mem.fault('bound', `maple tree is more than ${MAX_HEIGHT} high`, nodeOf(entry));
}

/**
 * Last index of slot `n`, which begins at `first` in a node that ends at `max`. Slots behind the last used one have a
 * zero pivot, and so has what follows: the one before them reaches to the node's end (mas_safe_pivot).
 */
function lastOf(kernel: Kernel, node: Kva, shape: Shape, n: number, first: number, max: number): number {
  if (shape.pivotCount === 0) return Math.min(first, max);
  if (n >= shape.pivotCount) return max;
  const at = shape.pivots + n * 8;
  const high = kernel.mem.u32(node, at + 4);
  const low = kernel.mem.u32(node, at);
  const pivot = high === WORD - 1 && low === WORD - 1 ? ULONG_MAX : high * WORD + low;
  if (pivot === 0 && n > 0) return max;
  if (pivot >= first && pivot <= max) return pivot;
  throw kernel.mem.fault('corrupt', `maple pivot ${n} is not within the node's range`, node, at);
}

function shapeOf(kernel: Kernel, known: Shapes, enode: Kva): Shape {
  const type = (lowBits(enode, NODE_MASK) >>> 3) & 0x0f;
  const shape = known.get(type);
  if (shape === undefined) throw kernel.mem.fault('corrupt', `maple node of type ${type}`, nodeOf(enode));
  return shape;
}

function shapesOf(kernel: Kernel): Shapes {
  let known = shapes.get(kernel);
  if (known === undefined) shapes.set(kernel, (known = readShapes(kernel)));
  return known;
}

/** enum maple_type, and the structs that its types have. */
function readShapes(kernel: Kernel): Shapes {
  const found = new Map<number, Shape>();
  const add = (type: string, struct: string, isLeaf: boolean) => {
    const value = kernel.types.enumerator(type);
    const slots = kernel.types.member(`${struct}.slot`);
    const pivots = kernel.types.member(`${struct}.pivot`);
    if (value === undefined || slots?.count == null) return;
    found.set(value, {
      isLeaf,
      slots: slots.offset,
      slotCount: slots.count,
      pivots: pivots?.offset ?? 0,
      pivotCount: pivots?.count ?? 0,
    });
  };
  add('maple_dense', 'maple_node', true);
  add('maple_leaf_64', 'maple_range_64', true);
  add('maple_range_64', 'maple_range_64', false);
  add('maple_arange_64', 'maple_arange_64', false);
  return found;
}

function nodeOf(enode: Kva): Kva {
  return (enode - lowBits(enode, NODE_MASK)) as Kva;
}

/** Of ma_root only: nodes further down are recognised by the type of the node above. */
function isNode(entry: number): boolean {
  return lowBits(entry, 3) === 2 && (entry < 0 || entry > LARGEST_RESERVED);
}

/** XA_ZERO_ENTRY and its like: a place kept for an entry that is not there. */
function isReserved(entry: number): boolean {
  return lowBits(entry, 3) === 2 && entry > 0 && entry <= LARGEST_RESERVED;
}
