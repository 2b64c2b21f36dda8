// epoll instances: struct eventpoll (fs/eventpoll.c).

import type { EpollDetail, EpollWatch } from '../../../snapshot/descriptor.js';
import { type Opened, refused, refuseFile } from './behind.js';

export function planEpoll(opened: Opened, { address, watches }: EpollDetail): number {
  return opened.planning.tables.epoll.ref(address, () => ({
    watches: watches.map((watch) => ({
      fd: watch.fd,
      events: watch.events,
      data: BigInt(watch.data),
      file: watched(opened, watch),
    })),
  }));
}

/** What nobody in the plan has is not opened for the watch's sake. */
function watched(opened: Opened, { fd, file }: EpollWatch): number | null {
  const { planning } = opened;
  if (planning.holders(file).length > 0) return opened.open(file);
  const path = planning.index.files.get(file)?.path ?? file;
  refuseFile(
    opened,
    refused('epoll_watch', `what it watches under ${fd} (${path}) is open in no process of the plan`),
  );
  return null;
}
