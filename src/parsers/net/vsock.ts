// Sockets between virtual machines and their host: struct vsock_sock (include/net/af_vsock.h). It is a module's type, and
// modules tell their types since 5.11 only; before, that there is such a socket is all.

import type { Kva } from '../../base/address.js';
import type { VsockDetail } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { typesWith } from '../walks/module-types.js';

/** struct sockaddr_vm, which programs know: family, a reserved word, port, context id. */
const VM_ADDRESS = { port: 4, cid: 8 } as const;
/** VMADDR_PORT_ANY and VMADDR_CID_ANY. */
const ANY = 0xffff_ffff;

const places = perKernel((kernel: Kernel) => {
  const types = typesWith(kernel, 'vsock_sock');
  const local = types.member('vsock_sock.local_addr');
  const remote = types.member('vsock_sock.remote_addr');
  return local === undefined || remote === undefined ? null : { local: local.offset, remote: remote.offset };
});

export function readVsock(kernel: Kernel, sock: Kva): VsockDetail | null {
  const at = places(kernel);
  if (at === null) return null;
  const word = (offset: number) => {
    const value = kernel.mem.u32(sock, offset);
    return value === ANY ? null : value;
  };
  return {
    localCid: word(at.local + VM_ADDRESS.cid),
    localPort: word(at.local + VM_ADDRESS.port),
    remoteCid: word(at.remote + VM_ADDRESS.cid),
    remotePort: word(at.remote + VM_ADDRESS.port),
  };
}
