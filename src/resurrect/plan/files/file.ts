// Open file descriptions: struct file.

import type { Hex } from '../../../base/address.js';
import { FILE_KIND } from '../../abi/records/files.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';

/** Index of the open file description in the plan. */
export function planFile(planning: Planning, address: Hex): number {
  return planning.tables.file.ref(address, (object) => {
    const file = planning.index.files.get(address);
    const path = file?.path ?? '';
    const reason = `${path || address}: files of this kind are not planned`;
    const processes = planning.holders(address);
    planning.refusals.add('unknown_file', { reason, kind: REFUSED_KIND.file, object, processes });
    const { flags = 0, references = 0 } = file ?? {};
    return {
      kind: FILE_KIND.refused,
      target: null,
      flags,
      references,
      position: BigInt(file?.offset ?? 0),
      path,
    };
  });
}
