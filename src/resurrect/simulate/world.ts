// The model of the kernel that a plan is carried out in: ids, sessions and groups, objects that were made, address spaces.

import type { Plan } from '../abi/plan.js';
import { keyOf, type ObjectKey } from '../abi/reach.js';
import type { ObjectKind } from '../abi/records/plan.js';
import type { AddressSpace } from './address-space.js';
import { E, must } from './kernel-error.js';
import { type MemorySource, type PlannedMemory, plannedMemory } from './memory-source.js';

export class World {
  readonly made = new Set<ObjectKey>();
  /** Threads that exist, and the process that each belongs to. */
  readonly tids = new Map<number, number>();
  /** Sessions by number, and groups with the session that they are in. */
  readonly sessions = new Set<number>();
  readonly groups = new Map<number, number>();
  readonly spaces = new Map<number, AddressSpace>();
  readonly ports = new Map<string, number>();
  readonly ptys = new Set<number>();
  readonly resumed = new Set<number>();
  /** Processes that a failed step has cost. */
  readonly lost = new Set<number>();

  readonly memory: PlannedMemory;

  constructor(
    readonly plan: Plan,
    memory: MemorySource,
  ) {
    this.memory = plannedMemory(memory, plan);
  }

  make(kind: ObjectKind, index: number): void {
    must(!this.made.has(keyOf(kind, index)), E.EXIST);
    this.made.add(keyOf(kind, index));
  }

  /** Fails where an object that is needed was not made. */
  need(kind: ObjectKind, index: number | null, child = -1, errno: number = E.BADF): void {
    if (index !== null) must(this.made.has(keyOf(kind, index)), errno, child, index);
  }
}
