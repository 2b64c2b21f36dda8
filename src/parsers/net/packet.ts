// Packet sockets: struct packet_sock (net/packet/internal.h).

import type { Kva } from '../../base/address.js';
import type { PacketDetail } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { field } from './bits.js';

const PACKET = { num: 'num', device: 'ifindex' } as const;
const RUNNING_NAME = 'PACKET_SOCK_RUNNING';

/** Whether its hook is in the receive path. */
export const packetRunning: Trait<(kernel: Kernel, sock: Kva) => boolean> = {
  name: 'packet socket runs',
  eras: [
    {
      name: 'a flag',
      since: '6.4',
      commit: '61edf479818e',
      evidence: 'no packet_sock.running',
      probe: (types) => types.member('packet_sock.running') === undefined,
      reader: (kernel, sock) => {
        const bit = kernel.types.enumerator(RUNNING_NAME);
        if (bit === undefined) throw kernel.mem.fault('unknown', `no enumerator ${RUNNING_NAME}`, sock);
        return ((field(kernel, sock, 'packet_sock.flags') >>> bit) & 1) === 1;
      },
    },
    {
      name: 'packet_sock.running',
      since: '3.4',
      commit: null,
      evidence: 'packet_sock.running',
      probe: hasMember('packet_sock.running'),
      reader: (kernel, sock) => field(kernel, sock, 'packet_sock.running') !== 0,
    },
  ],
};

export function readPacket(kernel: Kernel, sock: Kva): PacketDetail {
  const { mem } = kernel;
  const at = kernel.layout('packet_sock', PACKET);
  const [high, low] = mem.bytes(sock, 2, at.num) as unknown as [number, number];
  return {
    etherType: high * 256 + low,
    interface: mem.i32(sock, at.device),
    running: kernel.trait(packetRunning)(kernel, sock),
  };
}
