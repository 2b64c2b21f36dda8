// Input that a terminal has and nobody has read: first in the flip buffers of its port (drivers/tty/tty_buffer.c), then in
// the ring of its line discipline (drivers/tty/n_tty.c).

import { type Kva, NULL } from '../../base/address.js';
import { type Contents, contents } from '../../snapshot/bytes.js';
import type { LineInput } from '../../snapshot/terminal.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachLinked } from '../walks/hlist.js';
import { small } from './tty-eras.js';

const N_TTY = {
  readHead: 'read_head',
  commitHead: 'commit_head',
  canonicalHead: 'canon_head',
  readTail: 'read_tail',
  ring: 'read_buf',
  ends: 'read_flags',
} as const;
const PORT = { head: 'buf.head' } as const;
const BUFFER = { next: 'next', used: 'used', read: 'read', size: 'size', data: 'data' } as const;
/** TTYB_MEM_LIMIT bounds what is received and not processed: 640 KiB. */
const MAX_BUFFERS = 4096;
const MAX_BYTES = 1 << 20;

/** `discipline` is struct n_tty_data. */
export function lineInput(kernel: Kernel, discipline: Kva): LineInput {
  const { mem } = kernel;
  const at = kernel.layout('n_tty_data', N_TTY);
  const size = kernel.types.member('n_tty_data.read_buf')?.size ?? 4096;
  const tail = mem.nat(discipline, at.readTail);
  const held = mem.nat(discipline, at.readHead) - tail;
  if (held < 0 || held > size) throw mem.fault('corrupt', `${held} bytes in a ring of ${size}`, discipline);
  const ring = mem.bytes(discipline, size, at.ring);
  const flags = mem.bytes(discipline, size / 8, at.ends);
  const place = (offset: number) => (tail + offset) % size;
  const isEnd = (offset: number) => ((flags[place(offset) >>> 3] as number) >>> (place(offset) & 7)) & 1;
  const canonical = small(kernel, discipline, 'n_tty_data.icanon') !== 0;
  const limit = mem.nat(discipline, canonical ? at.canonicalHead : at.commitHead) - tail;
  return {
    contents: contents(Uint8Array.from({ length: held }, (_, i) => ring[place(i)] as number)),
    canonical,
    ready: Math.max(0, Math.min(held, limit)),
    lineEnds: Array.from({ length: held }, (_, i) => i).filter((i) => canonical && isEnd(i)),
    literalNext: small(kernel, discipline, 'n_tty_data.lnext') !== 0,
  };
}

/** What lies in the flip buffers, oldest first; all that was put there, pushed on or not. */
export function receivedInput(kernel: Kernel, port: Kva): Contents {
  if (port === NULL) return contents(new Uint8Array(0));
  const { mem } = kernel;
  const at = kernel.layout('tty_buffer', BUFFER);
  const parts: Uint8Array[] = [];
  const take = (buffer: Kva) => {
    const [read, used] = [mem.u32(buffer, at.read), mem.u32(buffer, at.used)];
    if (used > MAX_BYTES || read > used)
      throw mem.fault('corrupt', `a flip buffer of ${used} bytes, ${read} read`, buffer);
    parts.push(mem.bytes(buffer, used - read, at.data + read));
  };
  const head = mem.ptr(port, kernel.layout('tty_port', PORT).head);
  forEachLinked(kernel, head, at.next, take, MAX_BUFFERS);
  return contents(Buffer.concat(parts));
}
