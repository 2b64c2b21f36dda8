// Tables of descriptors: struct files_struct.

import type { Hex } from '../../../base/address.js';
import { DESCRIPTOR_FLAG } from '../../abi/records/files.js';
import type { Planning } from '../planning.js';
import { planFile } from './file.js';

/** Index of the table of descriptors in the plan. */
export function planFileTable(planning: Planning, address: Hex): number {
  return planning.tables.fileTable.ref(address, () => {
    const descriptors = planning.index.fileTables.get(address)?.descriptors ?? [];
    return {
      descriptors: descriptors.map(({ fd, closeOnExec, file }) => ({
        fd,
        flags: closeOnExec ? DESCRIPTOR_FLAG.close_on_exec : 0,
        file: planFile(planning, file),
      })),
    };
  });
}
