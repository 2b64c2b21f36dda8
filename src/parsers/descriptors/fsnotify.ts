// inotify and fanotify groups: struct fsnotify_group, its marks, and the events that nobody has read. Mirrors
// fs/notify/fdinfo.c, fs/notify/inotify and fs/notify/fanotify.

import { type Kva, NULL } from '../../base/address.js';
import type { FsnotifyDetail, FsnotifyWatch, InotifyEvent } from '../../snapshot/descriptor.js';
import { wide } from '../../snapshot/number.js';
import { fileSystem } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { fileHandle } from './file-handle.js';
import { markFlags, markObject } from './fsnotify-eras.js';
import { type Opened, privateData } from './open-object.js';

const GROUP = { marks: 'marks_list', events: 'notification_list', queued: 'q_len' } as const;
const FANOTIFY = { flags: 'fanotify_data.flags', eventFlags: 'fanotify_data.f_flags' } as const;
const MARK = { ofGroup: 'g_list', mask: 'mask', connector: 'connector', flags: 'flags' } as const;
const IGNORE = { mask: 'ignore_mask?', old: 'ignored_mask?' } as const;
const INOTIFY_MARK = { mark: 'fsn_mark', wd: 'wd' } as const;
const INODE = { number: 'i_ino', superBlock: 'i_sb' } as const;
const SUPER_BLOCK = { device: 's_dev' } as const;
const MOUNT = { id: 'mnt_id' } as const;
const MOUNT_NAMESPACE = { inode: 'ns.inum' } as const;
const EVENT = { list: 'list' } as const;
const INOTIFY_EVENT = {
  event: 'fse',
  mask: 'mask',
  wd: 'wd',
  cookie: 'sync_cookie',
  nameBytes: 'name_len',
  name: 'name',
} as const;
/** IN_ALL_EVENTS, IN_EXCL_UNLINK and IN_ONESHOT. */
const INOTIFY_USER_MASK = 0x8400_0fff;
/** What inotify_handle_event() may be told of: all but what the kernel adds for itself. */
const INOTIFY_EVENT_MASK = 0x4000_efff;
const MAX_MARKS = 1 << 22;
const MAX_NAME = 255;

const NOWHERE: Pick<FsnotifyWatch, 'inode' | 'device' | 'mountId' | 'handle'> = {
  inode: null,
  device: null,
  mountId: null,
  handle: null,
};

export function readInotify(opened: Opened): FsnotifyDetail {
  const { kernel } = opened;
  const group = privateData(opened);
  return {
    ...readGroup(kernel, group, 'inotify'),
    events: readEvents(kernel, group),
    flags: 0,
    eventFlags: 0,
  };
}

export function readFanotify(opened: Opened): FsnotifyDetail {
  const { kernel } = opened;
  const group = privateData(opened);
  const at = kernel.layout('fsnotify_group', FANOTIFY);
  return {
    ...readGroup(kernel, group, 'fanotify'),
    events: [],
    flags: kernel.mem.u32(group, at.flags),
    eventFlags: kernel.mem.u32(group, at.eventFlags),
  };
}

function readGroup(kernel: Kernel, group: Kva, kind: FsnotifyDetail['kind']) {
  const at = kernel.layout('fsnotify_group', GROUP);
  const { ofGroup } = kernel.layout('fsnotify_mark', MARK);
  const watches: FsnotifyWatch[] = [];
  const take = (mark: Kva) => {
    const read = readMark(kernel, mark, kind);
    if (read !== null) watches.push(read);
  };
  forEachListEntry(kernel, (group + at.marks) as Kva, ofGroup, take, MAX_MARKS);
  return { kind, address: kernel.mem.hex(group), watches, queued: kernel.mem.u32(group, at.queued) };
}

/** Null for a mark whose object is gone already. */
function readMark(kernel: Kernel, mark: Kva, kind: FsnotifyDetail['kind']): FsnotifyWatch | null {
  const { mem } = kernel;
  const at = kernel.layout('fsnotify_mark', MARK);
  const ignore = kernel.layout('fsnotify_mark', IGNORE);
  const connector = mem.ptr(mark, at.connector);
  if (connector === NULL) return null;
  const { target, object } = markObject(kernel, connector);
  if (object === NULL) return null;
  const mask = mem.u32(mark, at.mask);
  const flags = kernel.trait(markFlags)(mem.u32(mark, at.flags));
  const isInotify = kind === 'inotify';
  return {
    target,
    wd: isInotify ? watchDescriptor(kernel, mark) : null,
    ...where(kernel, target, object),
    mask: isInotify ? ((mask & INOTIFY_USER_MASK) | flags.inotify) >>> 0 : mask,
    ignored: mem.u32(mark, ignore.mask ?? ignore.old ?? at.mask),
    flags: isInotify ? 0 : flags.fanotify,
  };
}

function watchDescriptor(kernel: Kernel, mark: Kva): number {
  const at = kernel.layout('inotify_inode_mark', INOTIFY_MARK);
  return kernel.mem.i32((mark - at.mark) as Kva, at.wd);
}

function where(kernel: Kernel, target: FsnotifyWatch['target'], object: Kva): typeof NOWHERE {
  const { mem } = kernel;
  if (target === 'inode') {
    const at = kernel.layout('inode', INODE);
    const { device } = fileSystem(kernel, mem.ptr(object, at.superBlock));
    const handle = kernel.faults.guard('file handle', () => fileHandle(kernel, object), null);
    return { ...NOWHERE, inode: wide(mem.u64(object, at.number)), device, handle };
  }
  if (target === 'mount') return { ...NOWHERE, mountId: mem.i32(object, kernel.layout('mount', MOUNT).id) };
  if (target === 'filesystem')
    return { ...NOWHERE, device: mem.u32(object, kernel.layout('super_block', SUPER_BLOCK).device) };
  if (target === 'mount namespace')
    return { ...NOWHERE, inode: mem.u32(object, kernel.layout('mnt_namespace', MOUNT_NAMESPACE).inode) };
  return NOWHERE;
}

function readEvents(kernel: Kernel, group: Kva): InotifyEvent[] {
  const { mem } = kernel;
  const { events } = kernel.layout('fsnotify_group', GROUP);
  const { list } = kernel.layout('fsnotify_event', EVENT);
  const at = kernel.layout('inotify_event_info', INOTIFY_EVENT);
  const found: InotifyEvent[] = [];
  const take = (entry: Kva) => {
    const event = (entry - at.event) as Kva;
    const length = mem.i32(event, at.nameBytes);
    found.push({
      wd: mem.i32(event, at.wd),
      mask: (mem.u32(event, at.mask) & INOTIFY_EVENT_MASK) >>> 0,
      cookie: mem.u32(event, at.cookie),
      name: length > 0 ? mem.cstr(event, at.name, Math.min(length, MAX_NAME)) : null,
    });
  };
  forEachListEntry(kernel, (group + events) as Kva, list, take, MAX_MARKS);
  return found;
}
