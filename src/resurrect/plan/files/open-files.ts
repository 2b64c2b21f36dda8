// Open file descriptions by what stands behind them: both ends of a pipe, all that have a socket.

import type { Hex } from '../../../base/address.js';
import { oncePer } from '../../../base/once-per.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import type { SnapshotIndex } from '../snapshot-index.js';

/** By the address of the object, or of the struct sock. */
export function openFilesOf(index: SnapshotIndex, behind: Hex): readonly SnapshotFile[] {
  return collected(index).get(behind) ?? [];
}

const collected = oncePer((index: SnapshotIndex): ReadonlyMap<Hex, readonly SnapshotFile[]> => {
  const found = new Map<Hex, SnapshotFile[]>();
  const add = (key: Hex | null, file: SnapshotFile) => {
    if (key === null) return;
    const files = found.get(key);
    if (files === undefined) found.set(key, [file]);
    else files.push(file);
  };
  for (const file of index.files.values()) {
    const socket = index.socketOf(file)?.address ?? null;
    add(file.object, file);
    if (socket !== file.object) add(socket, file);
  }
  return found;
});
