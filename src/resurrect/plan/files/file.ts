// Open file descriptions: struct file.

import type { Hex } from '../../../base/address.js';
import { FILE_KIND, type File } from '../../abi/records/files.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';
import { type Opened, type Planned, refused, refuseFile } from './behind.js';
import { behind } from './kinds.js';

const NOBODY = { owner: 0, signal: 0 } as const;

/** Index of the open file description in the plan. */
export function planFile(planning: Planning, address: Hex): number {
  return planning.tables.file.ref(address, (index) => {
    const file = planning.index.files.get(address);
    if (file === undefined) return unknownFile(planning, address, index);
    const { flags, references, offset, path } = file;
    const opened = { planning, file, index, open: (other: Hex) => planFile(planning, other) };
    const { kind, target } = kindOf(opened);
    const { owner, signal } = ownerOf(opened);
    return { kind, target, flags, references, owner, signal, position: BigInt(offset), path };
  });
}

function kindOf(
  opened: Opened,
): Planned | { readonly kind: typeof FILE_KIND.refused; readonly target: null } {
  const found = behind(opened);
  if ('refused' in found) {
    refuseFile(opened, found);
    return { kind: FILE_KIND.refused, target: null };
  }
  return found;
}

/** A process group may have members in the plan, a process is in it or not. */
function ownerOf(opened: Opened): Pick<File, 'owner' | 'signal'> {
  const { owner } = opened.file;
  if (owner === null) return NOBODY;
  const { kind, pid, signal } = owner;
  if (kind === 'process' && opened.planning.process(pid) === null)
    refuseFile(opened, refused('signal_io', `it tells process ${pid}, which is not in the plan, of input`));
  return { owner: kind === 'group' ? -pid : pid, signal };
}

function unknownFile(planning: Planning, address: Hex, object: number): File {
  const reason = `${address}: this open file could not be read`;
  const processes = planning.holders(address);
  planning.refusals.add('unknown_file', { reason, kind: REFUSED_KIND.file, object, processes });
  return {
    kind: FILE_KIND.refused,
    target: null,
    flags: 0,
    references: 0,
    ...NOBODY,
    position: 0n,
    path: '',
  };
}
