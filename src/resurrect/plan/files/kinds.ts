// Which kind an open file description is of, by what stands behind it, its type and its file system.

import type { DescriptorDetail } from '../../../snapshot/descriptor.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { ResourceName } from '../resources.js';
import { planAnonymous } from './anonymous.js';
import { type Behind, type Opened, refused } from './behind.js';
import { planDevice } from './devices.js';
import { planEpoll } from './epoll.js';
import { planEventfd, planSignalfd, planTimerfd } from './events.js';
import { planByPath } from './inode.js';
import { planInotify } from './inotify.js';
import { planMessageQueue } from './message-queue.js';
import { planPidfd } from './pidfd.js';
import { planPipe } from './pipe.js';
import { planDirectory, planRegular } from './regular.js';
import { planSocketFile } from './sockets/socket-file.js';
import { planTerminal } from './terminal.js';

const O_PATH = 0o10000000;

type Kind = DescriptorDetail['kind'];
type Detail<K extends Kind> = Extract<DescriptorDetail, { readonly kind: K }>;
type Readers = { readonly [K in Kind]?: (opened: Opened, detail: Detail<K>) => Behind };

const refusal = (resource: ResourceName, why: string) => (): Behind => refused(resource, why);

const READERS: Readers = {
  pipe: planPipe,
  eventfd: ({ planning }, detail) => ({ kind: FILE_KIND.eventfd, target: planEventfd(planning, detail) }),
  epoll: (opened, detail) => ({ kind: FILE_KIND.epoll, target: planEpoll(opened, detail) }),
  timerfd: ({ planning }, detail) => ({ kind: FILE_KIND.timerfd, target: planTimerfd(planning, detail) }),
  signalfd: ({ planning }, detail) => ({ kind: FILE_KIND.signalfd, target: planSignalfd(planning, detail) }),
  inotify: (opened, detail) => ({ kind: FILE_KIND.inotify, target: planInotify(opened, detail) }),
  pidfd: planPidfd,
  tty: ({ planning }, { address }) => {
    const target = planTerminal(planning, address);
    return target === null
      ? refused('terminal', 'its settings could not be read')
      : { kind: FILE_KIND.terminal, target };
  },
  mqueue: ({ planning }, { address }) => {
    const target = planMessageQueue(planning, address);
    return target === null
      ? refused('message_queue', 'its queue could not be read')
      : { kind: FILE_KIND.message_queue, target };
  },
  fanotify: refusal('fanotify', 'its marks and permission events are not planned'),
  userfaultfd: refusal('userfaultfd', 'faults of another address space are handled through it'),
  perf: refusal('perf_event', 'it counts events of a kernel that is gone'),
  'bpf-map': refusal('bpf', 'maps are not planned'),
  'bpf-prog': refusal('bpf', 'programs are not planned'),
  io_uring: refusal('io_uring', 'requests under way and registered buffers were in the kernel alone'),
};

/** What the description leads to. */
export function behind(opened: Opened): Behind {
  const { planning, file } = opened;
  if ((file.flags & O_PATH) !== 0) return planByPath(opened);
  const detail = file.object === null ? undefined : planning.index.objects.get(file.object);
  if (detail !== undefined) {
    // The table gives each kind the reader of its own detail.
    const read = READERS[detail.kind] as ((opened: Opened, detail: DescriptorDetail) => Behind) | undefined;
    if (read !== undefined) return read(opened, detail);
  }
  return byType(opened);
}

function byType(opened: Opened): Behind {
  switch (opened.file.type) {
    case 'regular':
      return planRegular(opened);
    case 'directory':
      return planDirectory(opened);
    case 'char':
    case 'block':
      return planDevice(opened);
    case 'socket':
      return planSocketFile(opened);
    case 'fifo':
      return refused('pipe', 'it could not be read');
    default:
      return planAnonymous(opened);
  }
}
