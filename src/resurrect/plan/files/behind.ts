// What a reader of one kind of open file is given, and what it gives back: where the open file description leads in the
// plan, or why it cannot be restored.

import type { Hex } from '../../../base/address.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import type { FILE_KIND, FileKind } from '../../abi/records/files.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';

export interface Opened {
  readonly planning: Planning;
  readonly file: SnapshotFile;
  /** Of the open file description in the plan. */
  readonly index: number;
  /** planFile(), for what leads to other descriptions. */
  readonly open: (address: Hex) => number;
}

export interface Planned {
  readonly kind: Exclude<FileKind, typeof FILE_KIND.refused>;
  readonly target: number | null;
}

export interface Unplanned {
  readonly refused: ResourceName;
  /** Follows the path in the reason: `a ring of requests is in the kernel alone`. */
  readonly why: string;
}

export type Behind = Planned | Unplanned;

export const refused = (resource: ResourceName, why: string): Unplanned => ({ refused: resource, why });

/** Adds to the refusals what concerns the file's holders; the file itself may be planned all the same. */
export function refuseFile({ planning, file, index }: Opened, { refused: resource, why }: Unplanned): void {
  const reason = `${file.path || file.address}: ${why}`;
  const processes = planning.holders(file.address);
  planning.refusals.add(resource, { reason, kind: REFUSED_KIND.file, object: index, processes });
}
