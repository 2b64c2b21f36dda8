// What fdinfo says of a unix socket: descriptors on their way to it. Mirrors unix_show_fdinfo() of net/unix/af_unix.c.

import { NULL } from '../../base/address.js';
import type { UnixSocketDetail } from '../../snapshot/descriptor.js';
import { type Opened, privateData } from './open-object.js';

const SOCKET = { sock: 'sk' } as const;
const SOCK = { family: '__sk_common.skc_family' } as const;
const UNIX = { flying: 'scm_stat.nr_fds' } as const;
const AF_UNIX = 1;

/** Null for sockets of other families, and for one that has been shut down to nothing. */
export function readUnixSocket(opened: Opened): UnixSocketDetail | null {
  const { kernel } = opened;
  const { mem } = kernel;
  const sock = mem.ptr(privateData(opened), kernel.layout('socket', SOCKET).sock);
  if (sock === NULL || mem.u16(sock, kernel.layout('sock', SOCK).family) !== AF_UNIX) return null;
  const flyingFiles = mem.u32(sock, kernel.layout('unix_sock', UNIX).flying);
  return { kind: 'unix-socket', address: mem.hex(sock), flyingFiles };
}
