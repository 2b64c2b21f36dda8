// epoll: struct eventpoll, its tree of struct epitem by file and descriptor, and those found ready. Mirrors fs/eventpoll.c.

import { type Kva, NULL } from '../../base/address.js';
import type { EpollDetail, EpollWatch } from '../../snapshot/descriptor.js';
import { wide } from '../../snapshot/number.js';
import { fileSystem } from '../fs/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';
import { forEachRbEntry } from '../walks/rbtree.js';
import { hex64, type Opened, privateData } from './open-object.js';

const POLL = { tree: 'rbr', ready: 'rdllist' } as const;
const ITEM = {
  node: 'rbn',
  ready: 'rdllink',
  file: 'ffd.file',
  fd: 'ffd.fd',
  events: 'event.events',
  data: 'event.data',
} as const;
const FILE = { inode: 'f_inode', position: 'f_pos' } as const;
const INODE = { number: 'i_ino', superBlock: 'i_sb' } as const;
/** max_user_watches is a few per cent of memory; this is more than 1 GiB of them. */
const MAX_WATCHES = 1 << 23;

export function readEpoll(opened: Opened): EpollDetail {
  const { kernel } = opened;
  const poll = privateData(opened);
  const at = kernel.layout('eventpoll', POLL);
  const item = kernel.layout('epitem', ITEM);
  const ready = new Set<Kva>();
  forEachListEntry(kernel, (poll + at.ready) as Kva, item.ready, (each) => void ready.add(each), MAX_WATCHES);
  const watches: EpollWatch[] = [];
  const take = (each: Kva) => void watches.push(readWatch(kernel, each, ready.has(each)));
  forEachRbEntry(kernel, (poll + at.tree) as Kva, item.node, take, MAX_WATCHES);
  return { kind: 'epoll', address: kernel.mem.hex(poll), watches };
}

function readWatch(kernel: Kernel, item: Kva, ready: boolean): EpollWatch {
  const { mem } = kernel;
  const at = kernel.layout('epitem', ITEM);
  const file = mem.ptr(item, at.file);
  const of = kernel.layout('file', FILE);
  return {
    fd: mem.i32(item, at.fd),
    events: mem.u32(item, at.events),
    data: hex64(mem.u64(item, at.data)),
    file: mem.hex(file),
    offset: wide(mem.i64(file, of.position)),
    ...inodeFacts(kernel, mem.ptr(file, of.inode)),
    ready,
  };
}

function inodeFacts(kernel: Kernel, inode: Kva): Pick<EpollWatch, 'inode' | 'device'> {
  if (inode === NULL) return { inode: 0, device: 0 };
  const at = kernel.layout('inode', INODE);
  const { device } = fileSystem(kernel, kernel.mem.ptr(inode, at.superBlock));
  return { inode: wide(kernel.mem.u64(inode, at.number)), device };
}

export function* epollInfo({ watches }: EpollDetail): Generator<string> {
  for (const { fd, events, data, offset, inode, device } of watches) {
    const what = `tfd: ${String(fd).padStart(8)} events: ${events.toString(16).padStart(8)}`;
    const where = `pos:${offset} ino:${BigInt(inode).toString(16)} sdev:${device.toString(16)}`;
    yield `${what} data: ${data.slice(2).padStart(16)}  ${where}`;
  }
}
