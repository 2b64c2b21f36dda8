// Pipes and FIFOs: struct pipe_inode_info (fs/pipe.c). Both ends are one object.

import type { PipeDetail } from '../../../snapshot/descriptor.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { Planning } from '../planning.js';
import { type Behind, type Opened, refused, refuseFile } from './behind.js';
import { bytesOf, missingBytes } from './contents.js';
import { unreachable } from './inode.js';
import { openFilesOf } from './open-files.js';

const ACCESS_MODE = 3;
const O_WRONLY = 1;
const O_RDONLY = 0;
/** Of 2^31 bytes: what F_SETPIPE_SZ takes at most. */
const MOST_BUFFERS = 2 ** 19;

export function planPipe(opened: Opened, detail: PipeDetail): Behind {
  const { planning, file } = opened;
  const named = file.fsType !== 'pipefs';
  const problem = named ? unreachable(opened) : null;
  if (problem !== null) return problem;
  const target = planning.tables.pipe.ref(detail.address, () => {
    warn(opened, detail);
    return {
      inode: BigInt(file.inode),
      capacity: Math.min(Math.max(detail.capacity, detail.buffers.length, 1), MOST_BUFFERS),
      readers: detail.readers,
      writers: detail.writers,
      path: named ? file.path : '',
      buffers: detail.buffers
        .map(({ flags, contents }) => ({ flags, contents: bytesOf(contents) }))
        .filter(({ contents }) => contents.length > 0),
    };
  });
  return { kind: named ? FILE_KIND.fifo : FILE_KIND.pipe, target };
}

function warn(opened: Opened, detail: PipeDetail): void {
  const missing = detail.buffers.reduce((sum, { contents }) => sum + missingBytes(contents), 0);
  const { capacity, buffers } = detail;
  if (capacity < Math.max(buffers.length, 1) || capacity > MOST_BUFFERS) {
    refuseFile(
      opened,
      refused('pipe', `it has room for ${capacity} buffers, which no pipe has with these contents`),
    );
  }
  if (missing > 0) refuseFile(opened, refused('pipe', `${missing} bytes in it could not be read`));
  for (const end of ['readers', 'writers'] as const) {
    if (detail[end] > 0 && outside(opened.planning, detail, end))
      refuseFile(opened, refused('pipe_end', `its ${end} are not in the plan`));
  }
}

/** Others have that end, and nobody in the plan. */
function outside(planning: Planning, { address }: PipeDetail, end: 'readers' | 'writers'): boolean {
  const closed = end === 'readers' ? O_WRONLY : O_RDONLY;
  const has = ({ flags }: SnapshotFile) => (flags & ACCESS_MODE) !== closed;
  return !openFilesOf(planning.index, address).some(
    (file) => has(file) && planning.holders(file.address).length > 0,
  );
}
