// One socket as the snapshot holds it: what all have, then what its family makes of it.

import type { Kva } from '../../base/address.js';
import type { Socket, SocketTimer } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { field } from './bits.js';
import { familyPart, NOTHING } from './family-part.js';
import { readInet } from './inet.js';
import { familyName, stateName, TCP, typeName } from './names.js';
import { namespaceInode } from './namespaces.js';
import { COMMON, protocolName, SOCK, socketDrops, socketInode, socketMemory, socketUid } from './sock.js';
import { socketOptions } from './socket-options.js';
import { timerAt } from './timers.js';

const REQUEST = { timer: 'rsk_timer' } as const;
const TIMEWAIT = { timer: 'tw_timer', substate: 'tw_substate' } as const;
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
  const isRequest = form === 'request';
  const timeouts = () => field(kernel, sock, 'request_sock.num_timeout');
  const timer = (): SocketTimer =>
    isRequest
      ? timerAt(kernel, (sock + kernel.layout('request_sock', REQUEST).timer) as Kva, 1, timeouts())
      : timerAt(kernel, (sock + kernel.layout('inet_timewait_sock', TIMEWAIT).timer) as Kva, 3, 0);
  // FIN-WAIT-2 without its process is kept as a timewait socket as well.
  const state = isRequest
    ? TCP.newSynRecv
    : kernel.mem.u8(sock, kernel.layout('inet_timewait_sock', TIMEWAIT).substate);
  return {
    ...readCommon(kernel, sock, found, state),
    form,
    type: 'stream',
    protocol: IPPROTO_TCP,
    inode: 0,
    uid: 0,
    drops: 0,
    shutdown: 0,
    options: null,
    memory: null,
    ...NOTHING,
    inet: readInet(kernel, sock, false),
    timer: kernel.faults.guard('timer', timer, null),
  };
}
