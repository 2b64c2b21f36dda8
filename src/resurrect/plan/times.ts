// When a file was last changed and read, as a plan has it: seconds, and nanoseconds below 10^9.

import type { FileTimes } from '../../snapshot/files.js';
import type { FileTimes as Row } from '../abi/records/memory.js';

const NS = 1_000_000_000n;

/** One, or none where they are not known: snapshots of earlier releases do not have them. */
export function planTimes(times: FileTimes | null | undefined): readonly Row[] {
  if (!times) return [];
  const mtime = parted(BigInt(times.mtime));
  const atime = parted(BigInt(times.atime));
  return [
    {
      ...{ mtime: mtime.seconds, mtimeNanoseconds: mtime.rest },
      ...{ atime: atime.seconds, atimeNanoseconds: atime.rest },
    },
  ];
}

/** Before 1970 too the nanoseconds are added to the seconds. */
function parted(time: bigint): { readonly seconds: bigint; readonly rest: number } {
  const rest = ((time % NS) + NS) % NS;
  return { seconds: (time - rest) / NS, rest: Number(rest) };
}
