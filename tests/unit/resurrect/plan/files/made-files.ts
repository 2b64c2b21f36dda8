// A plan in the making of two processes: 2, which is in it, and 3, which may be left out; with the open files that a test
// gives them.

import type { Hex } from '../../../../../src/base/address.js';
import type { Plan } from '../../../../../src/resurrect/abi/plan.js';
import type { Refusal } from '../../../../../src/resurrect/abi/records/refusals.js';
import { planFileTable } from '../../../../../src/resurrect/plan/files/file-table.js';
import { Planning } from '../../../../../src/resurrect/plan/planning.js';
import { SnapshotIndex } from '../../../../../src/resurrect/plan/snapshot-index.js';
import type { DescriptorDetail } from '../../../../../src/snapshot/descriptor.js';
import type { Namespace } from '../../../../../src/snapshot/namespaces.js';
import type { Snapshot, SnapshotFile, SnapshotTask } from '../../../../../src/snapshot/snapshot.js';
import type { Socket } from '../../../../../src/snapshot/socket.js';
import { processOf, snapshotOf, task } from '../made-snapshot.js';

let next = 0x1000;
export const address = (): Hex => `0x${(next++).toString(16)}`;

export function file(rest: Partial<SnapshotFile> = {}): SnapshotFile {
  return {
    ...{ address: address(), path: '/etc/x', type: 'regular', mode: 0o644, flags: 0o100000, offset: 0 },
    ...{ inode: 7, device: 0x800001, rdev: 0, size: 0, links: 1, mountId: 1, fsType: 'ext4', deleted: false },
    ...{ references: 1, inodeAddress: address(), operations: null, object: null, owner: null },
    ...rest,
  } as SnapshotFile;
}

/** An open file with what stands behind it. */
export function opened<D extends DescriptorDetail>(
  detail: D,
  rest: Partial<SnapshotFile> = {},
): { readonly file: SnapshotFile; readonly detail: D } {
  return { file: file({ type: 'anon', fsType: 'anon_inodefs', object: detail.address, ...rest }), detail };
}

export const MOUNT = { id: 1, devMajor: 8, devMinor: 1, root: '/', mountPoint: '/', superOptions: 'rw' };

/** Base64 of text, as the snapshot has bytes. */
export const bytes = (text: string, more = 0) => ({
  bytes: text.length + more,
  base64: Buffer.from(text, 'latin1').toString('base64'),
});

export interface Made {
  readonly planning: Planning;
  readonly rows: <K extends keyof Plan & keyof Planning['tables']>(kind: K) => Plan[K];
  readonly refusals: readonly Refusal[];
  /** `resource: reason` of each. */
  readonly reasons: readonly string[];
}

interface Options {
  /** Open in process 3. */
  readonly others?: readonly SnapshotFile[];
  /** Process 3 is in the plan. */
  readonly both?: boolean;
  /** Namespaces of process 2. */
  readonly links?: readonly Namespace[];
}

/** Plans the descriptors of process 2. */
export function made(
  own: readonly SnapshotFile[],
  rest: Partial<Snapshot> = {},
  { others = [], both = false, links = [] }: Options = {},
): Made {
  const table = (of: Hex, files: readonly SnapshotFile[]) => ({
    address: of,
    descriptors: files.map((each, fd) => ({ fd, closeOnExec: fd === 1, file: each.address })),
  });
  const attributes = task(2).attributes as NonNullable<SnapshotTask['attributes']>;
  const namespaces = { ...attributes.namespaces, links };
  const tasks = [
    task(2, { filesTable: '0xf2', attributes: { ...attributes, namespaces } }),
    task(3, { filesTable: '0xf3' }),
  ];
  const snapshot = snapshotOf(tasks, {
    fileTables: [table('0xf2', own), table('0xf3', others)],
    files: [
      ...new Map([...own, ...others, ...(rest.files ?? [])].map((each) => [each.address, each])).values(),
    ],
    mountViews: [{ id: 0, mounts: [MOUNT as never] }],
    processes: [processOf(2, { mountView: 0 }), processOf(3)],
    ...without(rest),
  });
  const planning = new Planning(new SnapshotIndex(snapshot), both ? [2, 3] : [2]);
  planFileTable(planning, '0xf2');
  return {
    planning,
    rows: (kind) => planning.tables[kind].rows as never,
    get refusals() {
      return planning.refusals.rows;
    },
    get reasons() {
      return planning.refusals.rows.map(({ resource, reason }) => `${resource}: ${reason}`);
    },
  };
}

function without({ files: _files, ...rest }: Partial<Snapshot>): Partial<Snapshot> {
  return rest;
}

const OPTIONS = {
  ...{ reuseAddress: false, reusePort: false, keepAlive: false, broadcast: false, urgentInline: false },
  ...{ lingerSeconds: null, priority: 0, mark: 0, receiveLowWater: 1, receiveTimeout: 0, sendTimeout: 0 },
  ...{
    passCredentials: false,
    timestamps: false,
    filtered: false,
    receiveBufferSet: false,
    sendBufferSet: false,
  },
} as const;

/** A socket, unbound and unconnected, and the open file of it. */
export function socket(rest: Partial<Socket>): { readonly file: SnapshotFile; readonly socket: Socket } {
  const inode = rest.inode ?? next++;
  const one = {
    ...{
      address: address(),
      form: 'full',
      family: 'unix',
      type: 'stream',
      protocol: 0,
      protocolName: 'UNIX',
    },
    ...{ state: 'close', stateNumber: 7, namespace: 1, uid: 0, shutdown: 0, options: OPTIONS, memory: null },
    ...{ receiveQueue: [], backlog: null, inet: null, tcp: null, unix: null, netlink: null, packet: null },
    ...{ vsock: null, timer: null },
    ...rest,
    inode,
  } as unknown as Socket;
  const path = `socket:[${inode}]`;
  return { socket: one, file: file({ type: 'socket', fsType: 'sockfs', path, inode, flags: 2 }) };
}

export const UNNAMED = { name: null, nameBytes: null, peer: null, peerInode: null, peerPid: 0 } as const;
