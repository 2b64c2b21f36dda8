// Pipes and FIFOs: the ring of struct pipe_buffer in struct pipe_inode_info. Mirrors fs/pipe.c.

import { type Kva, NULL } from '../../base/address.js';
import { contents } from '../../snapshot/bytes.js';
import type { PipeBuffer, PipeDetail } from '../../snapshot/descriptor.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pfnOfPage } from '../mm/struct-page.js';
import { inodeOf, type Opened } from './open-object.js';
import { symbolAt } from './symbol-at.js';

const INODE = { pipe: 'i_pipe' } as const;
const PIPE = {
  readers: 'readers',
  writers: 'writers',
  buffers: 'bufs',
} as const;
const RING = { head: 'head', tail: 'tail', capacity: 'max_usage', size: 'ring_size' } as const;
const COUNTED = { first: 'curbuf', count: 'nrbufs', size: 'buffers' } as const;
const BUFFER = { page: 'page', offset: 'offset', bytes: 'len', operations: 'ops', flags: 'flags' } as const;
const PAGE = 4096;
/** Pages that a buffer may reach over: spliced ones can be compound, 2 MiB at most. */
const MAX_BYTES = 2 << 20;
/** pipe-max-size may be set up to 2 GiB; this many buffers are 1 GiB. */
const MAX_SLOTS = 1 << 18;

interface Ring {
  /** Slot of the oldest buffer, and how many there are from it on. */
  readonly first: number;
  readonly count: number;
  readonly slots: number;
  readonly capacity: number;
}

export const pipeRing: Trait<(kernel: Kernel, pipe: Kva) => Ring> = {
  name: 'pipe ring',
  eras: [
    {
      name: 'head and tail',
      since: '5.5',
      commit: null,
      evidence: 'pipe_inode_info.ring_size',
      probe: hasMember('pipe_inode_info.ring_size'),
      reader: (kernel, pipe) => {
        const at = kernel.layout('pipe_inode_info', RING);
        const word = (offset: number) => kernel.mem.u32(pipe, offset);
        const [slots, tail] = [word(at.size), word(at.tail)];
        // Both run on beyond the ring, and over 2^32.
        const count = (word(at.head) - tail) >>> 0;
        return { first: (tail & (slots - 1)) >>> 0, count, slots, capacity: word(at.capacity) };
      },
    },
    {
      name: 'first and count',
      since: '2.6',
      commit: null,
      evidence: 'pipe_inode_info.nrbufs',
      probe: hasMember('pipe_inode_info.nrbufs'),
      reader: (kernel, pipe) => {
        const at = kernel.layout('pipe_inode_info', COUNTED);
        const slots = kernel.mem.u32(pipe, at.size);
        const [first, count] = [kernel.mem.u32(pipe, at.first), kernel.mem.u32(pipe, at.count)];
        return { first, count, slots, capacity: slots };
      },
    },
  ],
};

export function readPipe(opened: Opened): PipeDetail | null {
  const { kernel } = opened;
  const pipe = kernel.mem.ptr(inodeOf(opened), kernel.layout('inode', INODE).pipe);
  return pipe === NULL ? null : readPipeInfo(kernel, pipe);
}

export function readPipeInfo(kernel: Kernel, pipe: Kva): PipeDetail {
  const { mem, faults } = kernel;
  const at = kernel.layout('pipe_inode_info', PIPE);
  const ring = kernel.trait(pipeRing)(kernel, pipe);
  if (ring.count > ring.slots || ring.slots > MAX_SLOTS)
    throw mem.fault('corrupt', `${ring.count} buffers in a pipe of ${ring.slots}`, pipe);
  const array = mem.ptr(pipe, at.buffers);
  const size = kernel.sizeOf('pipe_buffer');
  const buffers: PipeBuffer[] = [];
  for (let i = 0; i < ring.count; i++) {
    const buffer = (array + ((ring.first + i) % ring.slots) * size) as Kva;
    const read = faults.guard(`buffer ${i}`, () => readBuffer(kernel, buffer), null);
    if (read !== null) buffers.push(read);
  }
  return {
    kind: 'pipe',
    address: mem.hex(pipe),
    readers: mem.u32(pipe, at.readers),
    writers: mem.u32(pipe, at.writers),
    capacity: ring.capacity,
    buffers,
    bytes: buffers.reduce((sum, each) => sum + each.contents.bytes, 0),
  };
}

function readBuffer(kernel: Kernel, buffer: Kva): PipeBuffer {
  const { mem, faults } = kernel;
  const at = kernel.layout('pipe_buffer', BUFFER);
  const bytes = mem.u32(buffer, at.bytes);
  if (bytes > MAX_BYTES) throw mem.fault('corrupt', `a pipe buffer of ${bytes} bytes`, buffer, at.bytes);
  const read = () => {
    const start = pfnOfPage(kernel, mem.ptr(buffer, at.page)) * PAGE + mem.u32(buffer, at.offset);
    return mem.physical.bytes(start, bytes);
  };
  return {
    contents: contents(faults.guard('page', read, NOTHING), bytes),
    flags: mem.u32(buffer, at.flags),
    operations: symbolAt(kernel, mem.ptr(buffer, at.operations)),
  };
}

const NOTHING = new Uint8Array(0);
