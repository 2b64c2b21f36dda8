// One socket as the snapshot holds it: what all have, then what its family makes of it.

import type { Kva } from '../../base/address.js';
import type { Socket } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { field } from './bits.js';
import { errorQueue } from './errors.js';
import { familyPart, NOTHING } from './family-part.js';
import { readInet } from './inet.js';
import { requestPart, timeWaitPart } from './minisock.js';
import { familyName, stateName, TCP, typeName } from './names.js';
import { namespaceInode } from './namespaces.js';
import { COMMON, protocolName, SOCK, socketDrops, socketInode, socketMemory, socketUid } from './sock.js';
import { socketOptions } from './socket-options.js';

const IPPROTO_TCP = 6;
const SHUTDOWN_MASK = 3;

/** Table and slot where it was found; null where only a descriptor led there. */
export type Found = Pick<Socket, 'table' | 'slot'>;

export function readSocket(kernel: Kernel, sock: Kva, found: Found): Socket {
  const { mem } = kernel;
  const state = mem.u8(sock, kernel.layout('sock', COMMON).state);
  if (found.table === 'ehash' && state === TCP.timeWait) return minisock(kernel, sock, found, 'timewait');
  if (found.table === 'ehash' && state === TCP.newSynRecv) return minisock(kernel, sock, found, 'request');
  const at = kernel.layout('sock', SOCK);
  const [type, protocol] = [mem.u16(sock, at.type), mem.u16(sock, at.protocol)];
  const common = readCommon(kernel, sock, found, state);
  const part = () => familyPart(kernel, sock, { family: common.family, type, protocol, state });
  return {
    ...common,
    form: 'full',
    type: typeName(type),
    protocol,
    inode: kernel.trait(socketInode)(kernel, sock),
    uid: kernel.trait(socketUid)(kernel, sock),
    drops: kernel.trait(socketDrops)(kernel, sock),
    shutdown: field(kernel, sock, 'sock.sk_shutdown') & SHUTDOWN_MASK,
    options: kernel.faults.guard('options', () => socketOptions(kernel, sock), null),
    memory: socketMemory(kernel, sock),
    errors: kernel.faults.guard('error queue', () => errorQueue(kernel, sock), []),
    pendingError: field(kernel, sock, 'sock.sk_err'),
    request: null,
    timeWait: null,
    ...NOTHING,
    ...kernel.faults.guard(common.family, part, NOTHING),
  };
}

/** What the minisocks have too: struct sock_common. */
function readCommon(kernel: Kernel, sock: Kva, found: Found, state: number) {
  const { mem, faults } = kernel;
  const at = kernel.layout('sock', COMMON);
  return {
    address: mem.hex(sock),
    family: familyName(mem.u16(sock, at.family)),
    protocolName: faults.guard('protocol', () => protocolName(kernel, sock), '?'),
    state: stateName(state),
    stateNumber: state,
    namespace: faults.guard('namespace', () => namespaceInode(kernel, mem.ptr(sock, at.net)), 0),
    references: mem.u32(sock, at.references),
    ...found,
  };
}

function minisock(kernel: Kernel, sock: Kva, found: Found, form: 'request' | 'timewait'): Socket {
  const { stateNumber, ...part } =
    form === 'request' ? requestPart(kernel, sock) : timeWaitPart(kernel, sock);
  return {
    ...readCommon(kernel, sock, found, stateNumber),
    form,
    type: 'stream',
    protocol: IPPROTO_TCP,
    inode: 0,
    uid: 0,
    drops: 0,
    shutdown: 0,
    options: null,
    memory: null,
    errors: [],
    pendingError: 0,
    ...NOTHING,
    inet: readInet(kernel, sock, false),
    ...part,
  };
}
