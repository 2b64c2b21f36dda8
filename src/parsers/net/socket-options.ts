// Options that setsockopt(SOL_SOCKET) sets, as far as they outlive a system call: bits of sk_flags and members of struct
// sock. Mirrors sk_setsockopt() of net/core/sock.c.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { SocketOptions } from '../../snapshot/socket.js';
import { jiffiesPerSecond } from '../fs/super-options/jiffies.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { field } from './bits.js';
import { SOCK } from './sock.js';

const FLAGS = { flags: '__sk_common.skc_flags', filter: 'sk_filter' } as const;
const TIMEOUTS = { receive: 'sk_rcvtimeo', send: 'sk_sndtimeo' } as const;
const SOCKET = { flags: 'flags' } as const;
/** SOCK_PASSCRED (include/linux/net.h). */
const PASSCRED_BIT = 3n;
/** Families of which sk_may_scm_recv() is true: AF_UNIX, AF_NETLINK, AF_BLUETOOTH. */
const PASSING: ReadonlySet<number> = new Set([1, 16, 31]);
/** MAX_SCHEDULE_TIMEOUT: for ever. */
const FOR_EVER = 0x7fff_ffff_ffff_ffffn;
/** SOCK_RCVBUF_LOCK and SOCK_SNDBUF_LOCK: sizes that the program has set. */
const LOCK = { send: 1, receive: 2 } as const;

export function socketOptions(kernel: Kernel, sock: Kva): SocketOptions {
  const { mem } = kernel;
  const at = kernel.layout('sock', FLAGS);
  const timeouts = kernel.layout('sock', TIMEOUTS);
  const flags = mem.u64(sock, at.flags);
  const has = (name: string) => ((flags >> BigInt(bit(kernel, name))) & 1n) === 1n;
  const own = (name: string) => field(kernel, sock, `sock.${name}`);
  const locks = own('sk_userlocks');
  return {
    reuseAddress: own('__sk_common.skc_reuse') !== 0,
    reusePort: own('__sk_common.skc_reuseport') !== 0,
    keepAlive: has('SOCK_KEEPOPEN'),
    broadcast: has('SOCK_BROADCAST'),
    urgentInline: has('SOCK_URGINLINE'),
    lingerSeconds: has('SOCK_LINGER') ? Math.round(own('sk_lingertime') / jiffiesPerSecond(kernel)) : null,
    priority: own('sk_priority'),
    mark: own('sk_mark'),
    receiveLowWater: own('sk_rcvlowat'),
    receiveTimeout: nanoseconds(kernel, mem.u64(sock, timeouts.receive)),
    sendTimeout: nanoseconds(kernel, mem.u64(sock, timeouts.send)),
    passCredentials: kernel.trait(passesCredentials)(kernel, sock),
    timestamps: has('SOCK_RCVTSTAMP'),
    filtered: mem.ptr(sock, at.filter) !== NULL,
    receiveBufferSet: (locks & LOCK.receive) !== 0,
    sendBufferSet: (locks & LOCK.send) !== 0,
  };
}

function nanoseconds(kernel: Kernel, jiffies: bigint): Wide {
  return jiffies >= FOR_EVER ? 0 : wide((jiffies * 1_000_000_000n) / BigInt(jiffiesPerSecond(kernel)));
}

/** SO_PASSCRED. */
export const passesCredentials: Trait<(kernel: Kernel, sock: Kva) => boolean> = {
  name: 'SO_PASSCRED of a socket',
  eras: [
    {
      name: 'sock.sk_scm_credentials',
      since: '6.16',
      commit: '0e81cfd971dc',
      evidence: 'sock.sk_scm_credentials',
      probe: hasMember('sock.sk_scm_credentials'),
      // In other families the same byte is sk_txrehash.
      reader: (kernel, sock) =>
        PASSING.has(field(kernel, sock, 'sock.__sk_common.skc_family')) &&
        field(kernel, sock, 'sock.sk_scm_credentials') === 1,
    },
    {
      name: 'socket.flags',
      since: '2.6',
      commit: null,
      evidence: 'socket.flags',
      probe: hasMember('socket.flags'),
      reader: (kernel, sock) => {
        const socket = kernel.mem.ptr(sock, kernel.layout('sock', SOCK).socket);
        if (socket === NULL) return false;
        const flags = kernel.mem.u64(socket, kernel.layout('socket', SOCKET).flags);
        return ((flags >> PASSCRED_BIT) & 1n) === 1n;
      },
    },
  ],
};

/** Of enum sock_flags. */
function bit(kernel: Kernel, name: string): number {
  const value = kernel.types.enumerator(name);
  if (value === undefined) throw new Fault('unknown', `this kernel has no ${name}`);
  return value;
}
