// Open file descriptions of sockets (net/socket.c).

import { FILE_KIND } from '../../../abi/records/files.js';
import { type Behind, type Opened, refused } from '../behind.js';
import { planSocket } from './socket.js';
import { unplannable } from './unplanned.js';

export function planSocketFile({ planning, file, open }: Opened): Behind {
  const socket = planning.index.socketOf(file);
  if (socket === null) return refused('socket_family', 'the socket behind it could not be read');
  return unplannable(socket) ?? { kind: FILE_KIND.socket, target: planSocket(planning, socket, open) };
}
