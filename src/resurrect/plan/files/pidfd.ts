// pidfds: struct pid (kernel/pid.c, fs/pidfs.c).

import type { PidfdDetail } from '../../../snapshot/descriptor.js';
import { FILE_KIND } from '../../abi/records/files.js';
import { type Behind, type Opened, refused, refuseFile } from './behind.js';

export function planPidfd(opened: Opened, { pids }: PidfdDetail): Behind {
  const [pid] = pids;
  const target = pid === undefined ? null : opened.planning.process(pid);
  if (pid !== undefined && target === null)
    refuseFile(opened, refused('pidfd', `process ${pid} is not in the plan: it is as one that has ended`));
  return { kind: FILE_KIND.pidfd, target };
}
