// What stands behind an open file description, by the symbol of its file_operations; and the lines that its kind adds to
// /proc/PID/fdinfo (show_fdinfo of those operations).

import type { DescriptorDetail } from '../../snapshot/descriptor.js';
import { bpfMapInfo, bpfProgramInfo, readBpfMap, readBpfProgram } from './bpf.js';
import { readDevice } from './devices.js';
import { epollInfo, readEpoll } from './epoll.js';
import {
  eventfdInfo,
  readEventfd,
  readSignalfd,
  readTimerfd,
  semaphoreShown,
  signalfdInfo,
  timerfdInfo,
} from './events.js';
import { readFanotify, readInotify } from './fsnotify.js';
import { fanotifyInfo, inotifyInfo } from './fsnotify-text.js';
import {
  perfInfo,
  pidfdInfo,
  readMemfd,
  readMqueue,
  readPerf,
  readPidfd,
  readUserfaultfd,
  userfaultfdInfo,
} from './handles.js';
import { readIoUring } from './io-uring.js';
import { ioUringInfo } from './io-uring-text.js';
import type { Opened } from './open-object.js';
import { readPipe } from './pipe.js';
import { readUnixSocket } from './sockets.js';
import { readTtyFile, ttyInfo } from './tty-file.js';

type Reader = (opened: Opened) => DescriptorDetail | null;

const READERS: Readonly<Record<string, Reader>> = {
  pipefifo_fops: readPipe,
  // Pipes without a name, which had the operations of FIFOs before.
  pipeanon_fops: readPipe,
  eventfd_fops: readEventfd,
  eventpoll_fops: readEpoll,
  timerfd_fops: readTimerfd,
  signalfd_fops: readSignalfd,
  inotify_fops: readInotify,
  fanotify_fops: readFanotify,
  shmem_file_operations: readMemfd,
  hugetlbfs_file_operations: readMemfd,
  pidfd_fops: readPidfd,
  pidfs_file_operations: readPidfd,
  userfaultfd_fops: readUserfaultfd,
  perf_fops: readPerf,
  bpf_map_fops: readBpfMap,
  bpf_prog_fops: readBpfProgram,
  io_uring_fops: readIoUring,
  socket_file_ops: readUnixSocket,
  mqueue_file_operations: readMqueue,
  tty_fops: readTtyFile,
  console_fops: readTtyFile,
  // A copy of tty_fops in memory of its own, made at boot.
  ptmx_fops: readTtyFile,
};

/** Null for files that are no more than files, and what cannot be read; faults tell. */
export function readDescriptor(opened: Opened): DescriptorDetail | null {
  const { kernel, file } = opened;
  // An O_PATH descriptor opens nothing: its operations are empty_fops.
  const reader = file.operations === null ? undefined : READERS[file.operations];
  return kernel.faults.guard(file.path, () => (reader ?? readDevice)(opened), null);
}

/** The lines of fdinfo that this kind of descriptor has beyond what all have. */
export function kindInfo(opened: Opened, detail: DescriptorDetail): Iterable<string> {
  switch (detail.kind) {
    case 'eventfd':
      return eventfdInfo(detail, opened.kernel.trait(semaphoreShown));
    case 'epoll':
      return epollInfo(detail);
    case 'timerfd':
      return timerfdInfo(detail);
    case 'signalfd':
      return signalfdInfo(detail);
    case 'inotify':
      return inotifyInfo(detail);
    case 'fanotify':
      return fanotifyInfo(detail);
    case 'pidfd':
      return pidfdInfo(detail);
    case 'userfaultfd':
      return userfaultfdInfo(opened, detail);
    case 'perf':
      return perfInfo(opened, detail);
    case 'bpf-map':
      return bpfMapInfo(opened, detail);
    case 'bpf-prog':
      return bpfProgramInfo(opened, detail);
    case 'io_uring':
      return ioUringInfo(opened, detail);
    case 'unix-socket':
      return [`scm_fds: ${detail.flyingFiles}`];
    case 'tty':
      return ttyInfo(detail);
    default:
      return [];
  }
}
