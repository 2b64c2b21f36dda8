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
    this.list.push({
      resource,
      reason,
      severity: row.severity,
      crashBits: row.crashBits,
      kind,
      object,
      processes: concerned(processes),
    });
  }

  /** The same, once for all whom it concerns: those that have the same object are one refusal. */
  join(resource: ResourceName, refused: Refused): void {
    const { kind, object, reason } = refused;
    const same = (each: Refusal): boolean =>
      each.resource === resource && each.kind === kind && each.object === object && each.reason === reason;
    const place = this.list.findIndex(same);
    const known = this.list[place];
    if (known === undefined) {
      this.add(resource, refused);
      return;
    }
    const processes = [...known.processes.map(({ process }) => process), ...refused.processes];
    this.list[place] = { ...known, processes: concerned(processes) };
  }

  get rows(): readonly Refusal[] {
    return this.list;
  }
}

/** Each once, in order. */
function concerned(processes: readonly number[]): { readonly process: number }[] {
  return [...new Set(processes)].sort((a, b) => a - b).map((process) => ({ process }));
}
