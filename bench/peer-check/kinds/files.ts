// Descriptors, open file descriptions, and the objects behind them; who has each socket open; mounts.

import type { DescriptorDetail } from '../../../src/snapshot/descriptor.js';
import type { Snapshot, SnapshotFile } from '../../../src/snapshot/snapshot.js';
import { account, device, type Kind, subject, text, utf8, utf8OrNull, type Value } from '../facts.js';
import type { OracleFile, OracleObject } from '../oracle.js';
import { flagOptions } from './mounts.js';

const O_CLOEXEC = 0o2000000;
const PERMISSIONS = 0o7777;
/** Kinds of objects that the oracle describes. */
const DESCRIBED = new Set(['pipe', 'eventfd', 'epoll', 'signalfd', 'timerfd']);

export const descriptors: Kind = {
  name: 'descriptor',
  ours: ({ snapshot }) =>
    account(
      snapshot.fileTables.flatMap((table) => table.descriptors.map((each) => ({ table, each }))),
      ({ table, each }) => [
        `${table.address} ${each.fd}`,
        subject(`${tableOwner(snapshot, table.address)} fd ${each.fd}`, {
          file: each.file,
          'close on exec': each.closeOnExec,
        }),
      ],
    ),
  theirs: ({ files_structs: tables }) =>
    account(
      Object.entries(tables).flatMap(([table, files]) =>
        Object.entries(files).map(([fd, file]) => ({ table, fd, file })),
      ),
      ({ table, fd, file }) => [
        `${table} ${fd}`,
        subject(`${table} fd ${fd}`, { file: file.address, 'close on exec': file.close_on_exec }),
      ],
    ),
};

function tableOwner({ tasks }: Snapshot, table: string): string {
  const task = tasks.find(({ filesTable }) => filesTable === table);
  return task === undefined ? table : `${task.pid} ${task.comm}`;
}

export const files: Kind = {
  name: 'open file',
  ours: ({ snapshot }) => {
    const open = new Set(
      snapshot.fileTables.flatMap((table) => table.descriptors.map(({ file }) => file as string)),
    );
    const sockets = socketsByInode(snapshot);
    const kinds = new Map(snapshot.objects.map((object) => [object.address as string, object.kind]));
    return account(snapshot.files, (file) =>
      open.has(file.address) ? [file.address, subject(file.path, ourFile(file, sockets, kinds))] : null,
    );
  },
  theirs: ({ files_structs: tables }) =>
    account(
      Object.values(tables).flatMap((table) => Object.values(table)),
      (file) => [file.address, subject(file.path ?? file.address, theirFile(file))],
    ),
};

function socketsByInode({ sockets }: Snapshot): Map<string, string> {
  return new Map(
    sockets.filter(({ inode }) => inode !== 0).map(({ inode, address }) => [`${inode}`, address]),
  );
}

function ourFile(
  file: SnapshotFile,
  sockets: ReadonlyMap<string, string>,
  kinds: ReadonlyMap<string, string>,
): Record<string, Value> {
  const described = file.object !== null && DESCRIBED.has(kinds.get(file.object) ?? '');
  return {
    path: file.path,
    flags: file.flags,
    offset: text(file.offset),
    inode: text(file.inode),
    permissions: file.mode,
    device: device(file.device),
    'device file': device(file.rdev),
    size: text(file.size),
    links: file.links,
    'file system': file.fsType,
    object: described ? file.object : null,
    socket: file.fsType === 'sockfs' ? (sockets.get(`${file.inode}`) ?? null) : null,
  };
}

function theirFile(file: OracleFile): Record<string, Value> {
  return {
    path: utf8OrNull(file.path),
    flags: Number(file.flags) & ~O_CLOEXEC,
    offset: text(file.offset),
    inode: text(file.inode),
    permissions: Number(file.inode_mode) & PERMISSIONS,
    device: file.device,
    'device file': file.rdev,
    size: text(file.size),
    links: file.links,
    'file system': file.fs_type,
    object: file.object,
    socket: file.socket,
  };
}

export const objects: Kind = {
  name: 'pipe, epoll …',
  ours: ({ snapshot }) =>
    account(snapshot.objects, (object) =>
      DESCRIBED.has(object.kind)
        ? [object.address, subject(`${object.kind} ${object.address}`, ourObject(object))]
        : null,
    ),
  theirs: ({ objects: all }) =>
    account(Object.entries(all), ([address, object]) => [
      address,
      subject(`${object.kind} ${address}`, theirObject(object)),
    ]),
};

function ourObject(object: DescriptorDetail): Record<string, Value> {
  const { kind } = object;
  switch (object.kind) {
    case 'pipe': {
      const lengths = object.buffers.map(({ contents }) => contents.bytes);
      return { kind, ends: [object.readers, object.writers], capacity: object.capacity, lengths };
    }
    case 'eventfd':
      return { kind, count: text(object.count), semaphore: object.semaphore };
    case 'epoll':
      return {
        kind,
        watches: object.watches
          .map(({ fd, file, events, data }) => JSON.stringify([fd, file, events >>> 0, data]))
          .sort(),
      };
    case 'signalfd':
      return { kind, mask: object.mask };
    case 'timerfd':
      return { kind, clock: object.clock, ticks: text(object.ticks), interval: text(object.interval) };
    default:
      return { kind };
  }
}

function theirObject(object: OracleObject): Record<string, Value> {
  const { kind } = object;
  const or = <T>(value: T | undefined): T | null => value ?? null;
  switch (kind) {
    case 'pipe':
      return {
        kind,
        ends: [or(object.readers), or(object.writers)],
        capacity: or(object.capacity),
        lengths: object.lengths ?? [],
      };
    case 'eventfd':
      return { kind, count: text(or(object.count)), semaphore: or(object.semaphore) };
    case 'epoll':
      return { kind, watches: (object.watches ?? []).map((watch) => JSON.stringify(watch)).sort() };
    case 'signalfd':
      return { kind, mask: or(object.mask) };
    case 'timerfd':
      return {
        kind,
        clock: or(object.clock),
        ticks: text(or(object.ticks)),
        interval: text(or(object.interval)),
      };
    default:
      return { kind };
  }
}

export const owners: Kind = {
  name: 'owners of a socket',
  ours: ({ snapshot }) => {
    const sockets = socketsByInode(snapshot);
    const inodes = new Map(
      snapshot.files
        .filter(({ fsType }) => fsType === 'sockfs')
        .map((file) => [file.address as string, file.inode]),
    );
    const tables = new Map(snapshot.fileTables.map((table) => [table.address as string, table.descriptors]));
    return ownerLists(
      snapshot.tasks.flatMap(({ tid, filesTable }) =>
        (tables.get(filesTable ?? '') ?? []).map(({ fd, file }) => ({
          owner: `${tid}/${fd}`,
          socket: sockets.get(`${inodes.get(file)}`) ?? null,
        })),
      ),
    );
  },
  theirs: (oracle) =>
    ownerLists(
      oracle.tasks.flatMap(({ pid, files: table }) =>
        Object.entries(oracle.files_structs[table ?? ''] ?? {}).map(([fd, { socket }]) => ({
          owner: `${pid}/${fd}`,
          socket,
        })),
      ),
    ),
};

function ownerLists(opens: readonly { owner: string; socket: string | null }[]) {
  const found = new Map<string, string[]>();
  for (const { owner, socket } of opens) {
    if (socket !== null) found.set(socket, [...(found.get(socket) ?? []), owner]);
  }
  return account(found, ([socket, list]) => [socket, subject(socket, { owners: list.sort() })]);
}

export const mounts: Kind = {
  name: 'mount',
  ours: ({ snapshot }) =>
    account(
      snapshot.mountViews.flatMap((view) => view.mounts),
      (mount) => [
        mount.address,
        subject(mount.mountPoint, {
          id: mount.id,
          parent: mount.parentId,
          device: `${mount.devMajor}:${mount.devMinor}`,
          point: mount.mountPoint,
          type: mount.fsType,
          source: mount.source,
          options: mount.options,
          'read-only file system': mount.superOptions.split(',')[0] === 'ro',
        }),
      ],
    ),
  theirs: ({ mounts: namespaces }) =>
    account(
      (namespaces ?? []).flatMap((namespace) => namespace.mounts),
      (mount) => [
        mount.address,
        subject(mount.point, {
          id: mount.id,
          parent: mount.parent,
          device: mount.device,
          point: utf8(mount.point),
          type: mount.type,
          source: utf8(mount.source),
          options: flagOptions(Number(mount.flags)),
          'read-only file system': (Number(mount.superblock_flags) & 1) !== 0,
        }),
      ],
    ),
};
