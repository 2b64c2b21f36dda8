// What a plan in the making cannot restore.

import type { Refusal } from '../abi/records/refusals.js';
import type { ResourceName } from './resources.js';
import { RESOURCES } from './resources.js';

export interface Refused {
  /** A sentence that names what it is about. */
  readonly reason: string;
  /** Kind of the object that it is about, and its index; `none` and null where it has no record. */
  readonly kind: Refusal['kind'];
  readonly object: number | null;
  /** Indices of the processes of the plan that it concerns. */
  readonly processes: readonly number[];
}

export class Refusals {
  private readonly list: Refusal[] = [];

  /** Severity and crash-procedure bit are those of the resource's row in the table. */
  add(resource: ResourceName, { reason, kind, object, processes }: Refused): void {
    const row = RESOURCES[resource];
    const unique = [...new Set(processes)].sort((a, b) => a - b);
    this.list.push({
      resource,
      reason,
      severity: row.severity,
      crashBits: row.crashBits,
      kind,
      object,
      processes: unique.map((process) => ({ process })),
    });
  }

  get rows(): readonly Refusal[] {
    return this.list;
  }
}
