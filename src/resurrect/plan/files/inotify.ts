// inotify instances: struct fsnotify_group (fs/notify/inotify).

import type { FsnotifyDetail, FsnotifyWatch } from '../../../snapshot/descriptor.js';
import { type Opened, refused, refuseFile } from './behind.js';
import { hexBytes } from './contents.js';

const NO_HANDLE = { type: 0, hex: '' } as const;

export function planInotify(opened: Opened, detail: FsnotifyDetail): number {
  return opened.planning.tables.inotify.ref(detail.address, () => {
    warn(opened, detail);
    const watches = [...detail.watches].sort((a, b) => (a.wd ?? 0) - (b.wd ?? 0));
    return {
      watches: watches.map(watchRow),
      events: detail.events.map(({ wd, mask, cookie, name }) => ({ wd, mask, cookie, name: name ?? '' })),
    };
  });
}

function watchRow({ wd, mask, inode, device, handle }: FsnotifyWatch) {
  const { type, hex } = handle ?? NO_HANDLE;
  return {
    wd: wd ?? 0,
    mask,
    inode: BigInt(inode ?? 0),
    device: device ?? 0,
    handleType: type,
    handle: hexBytes(hex),
  };
}

function warn(opened: Opened, { watches, queued, events }: FsnotifyDetail): void {
  const lost = watches.filter(({ handle }) => handle === null).length;
  if (lost > 0)
    refuseFile(opened, refused('inotify_watch', `${lost} of its watches are on files without a handle`));
  if (queued > events.length)
    refuseFile(opened, refused('inotify_watch', `${queued - events.length} of its events could not be read`));
}
