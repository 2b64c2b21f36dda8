// Options that setsockopt(SOL_SOCKET) sets, as far as they outlive a system call: bits of sk_flags and members of struct
// sock. Mirrors sk_setsockopt() of net/core/sock.c.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { SocketOptions } from '../../snapshot/socket.js';
import { jiffiesPerSecond } from '../fs/super-options/jiffies.js';
import type { Kernel } from '../kernel/kernel.js';
import { field } from './bits.js';

const FLAGS = { flags: '__sk_common.skc_flags' } as const;
/** SOCK_RCVBUF_LOCK and SOCK_SNDBUF_LOCK: sizes that the program has set. */
const LOCK = { send: 1, receive: 2 } as const;

export function socketOptions(kernel: Kernel, sock: Kva): SocketOptions {
  const flags = kernel.mem.u64(sock, kernel.layout('sock', FLAGS).flags);
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
    receiveBufferSet: (locks & LOCK.receive) !== 0,
    sendBufferSet: (locks & LOCK.send) !== 0,
  };
}

/** Of enum sock_flags. */
function bit(kernel: Kernel, name: string): number {
  const value = kernel.types.enumerator(name);
  if (value === undefined) throw new Fault('unknown', `this kernel has no ${name}`);
  return value;
}
