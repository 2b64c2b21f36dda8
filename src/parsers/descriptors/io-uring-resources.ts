// What an io_uring instance holds besides its rings: registered files and memory (io_uring/filetable.c, rsrc.c), and requests
// that wait for a file to be ready (io_uring/poll.c).

import { type Kva, NULL } from '../../base/address.js';
import type { RingBuffer, RingPoll } from '../../snapshot/descriptor.js';
import { openFile } from '../fs/open-file.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { forEachHlistEntry } from '../walks/hlist.js';
import { hex64 } from './open-object.js';

interface Resources {
  readonly files: readonly (string | null)[];
  readonly buffers: readonly (RingBuffer | null)[];
}

const NODES = {
  files: 'file_table.data.nodes',
  fileCount: 'file_table.data.nr',
  buffers: 'buf_table.nodes',
  bufferCount: 'buf_table.nr',
} as const;
const NODE = { file: 'file_ptr', buffer: 'buf' } as const;
const SLOTS = {
  files: 'file_table.files',
  fileCount: 'nr_user_files',
  buffers: 'user_bufs',
  bufferCount: 'nr_user_bufs',
} as const;
const BUFFER = { address: 'ubuf', length: 'len?', end: 'ubuf_end?' } as const;
const FILE = { dentry: 'f_path.dentry' } as const;
const DENTRY = { short: 'd_iname' } as const;
const REQUEST = { opcode: 'opcode', hashed: 'hash_node', task: 'task?', context: 'tctx?' } as const;
const TASK_CONTEXT = { task: 'task' } as const;
const TASK = { works: 'task_works' } as const;
const TABLE = { buckets: 'hbs', bits: 'hash_bits' } as const;
const BUCKET = { list: 'list' } as const;
const OLD_TABLE = { buckets: 'cancel_hash', bits: 'cancel_hash_bits' } as const;
/** IORING_MAX_FIXED_FILES and IORING_MAX_REG_BUFFERS. */
const MAX_FILES = 1 << 20;
const MAX_BUFFERS = 1 << 14;
const MAX_BITS = 16;
const MAX_POLLS = 1 << 20;
const WORD = 8;
/** FFS_*: what is known of a file, in the low bits of its address. */
const FILE_FLAGS = 7n;

export const ringResources: Trait<(kernel: Kernel, context: Kva) => Resources> = {
  name: 'io_uring resources',
  eras: [
    {
      name: 'nodes',
      since: '6.13',
      commit: '3597f2786b68',
      evidence: 'io_ring_ctx.buf_table',
      probe: hasMember('io_ring_ctx.buf_table.nr'),
      reader: resourceNodes,
    },
    {
      name: 'slots',
      since: '5.13',
      commit: '41edf1a5ec96',
      evidence: 'io_ring_ctx.nr_user_files',
      probe: hasMember('io_ring_ctx.nr_user_files'),
      reader: resourceSlots,
    },
  ],
};

/** Pointers in an array; `count` is bounded by what the kernel lets one register. */
function pointers(kernel: Kernel, array: Kva, count: number): Kva[] {
  return Array.from({ length: count }, (_, i) => kernel.mem.ptr(array, i * WORD));
}

function resourceNodes(kernel: Kernel, context: Kva): Resources {
  const { mem } = kernel;
  const at = kernel.layout('io_ring_ctx', NODES);
  const node = kernel.layout('io_rsrc_node', NODE);
  const nodes = (array: number, count: number, most: number) =>
    pointers(kernel, mem.ptr(context, array), Math.min(mem.u32(context, count), most));
  return {
    files: nodes(at.files, at.fileCount, MAX_FILES).map((one) => {
      const file = one === NULL ? NULL : fileAt(kernel, one, node.file);
      return file === NULL ? null : openFile(kernel, file).path;
    }),
    buffers: nodes(at.buffers, at.bufferCount, MAX_BUFFERS).map((one) =>
      one === NULL ? null : bufferAt(kernel, mem.ptr(one, node.buffer)),
    ),
  };
}

function resourceSlots(kernel: Kernel, context: Kva): Resources {
  const { mem } = kernel;
  const at = kernel.layout('io_ring_ctx', SLOTS);
  const fileCount = Math.min(mem.u32(context, at.fileCount), MAX_FILES);
  const bufferCount = Math.min(mem.u32(context, at.bufferCount), MAX_BUFFERS);
  const slots = mem.ptr(context, at.files);
  return {
    files: Array.from({ length: fileCount }, (_, i) => {
      const file = fileAt(kernel, slots, i * WORD);
      return file === NULL ? null : shortName(kernel, file);
    }),
    buffers: pointers(kernel, mem.ptr(context, at.buffers), bufferCount).map((one) => bufferAt(kernel, one)),
  };
}

function fileAt(kernel: Kernel, base: Kva, offset: number): Kva {
  return kernel.mem.fold.fromBig(kernel.mem.u64(base, offset) & ~FILE_FLAGS);
}

/** What of the file's name is within its dentry: all of it, unless it is long. */
function shortName(kernel: Kernel, file: Kva): string {
  const dentry = kernel.mem.ptr(file, kernel.layout('file', FILE).dentry);
  const { short } = kernel.layout('dentry', DENTRY);
  return kernel.mem.cstr(dentry, short, kernel.types.member('dentry.d_iname')?.size);
}

function bufferAt(kernel: Kernel, buffer: Kva): RingBuffer | null {
  if (buffer === NULL) return null;
  const { mem } = kernel;
  const at = kernel.layout('io_mapped_ubuf', BUFFER);
  const address = mem.u64(buffer, at.address);
  if (at.length === undefined) {
    const bytes = at.end === undefined ? 0n : mem.u64(buffer, at.end) - address;
    return { address: hex64(address), bytes: Number(BigInt.asUintN(32, bytes)) };
  }
  const isWide = kernel.types.member('io_mapped_ubuf.len')?.size === WORD;
  return {
    address: hex64(address),
    bytes: isWide ? mem.wide(buffer, at.length) : mem.u32(buffer, at.length),
  };
}

type Table = (kernel: Kernel, context: Kva) => Iterable<Kva>;

/** Heads of the chains of waiting requests, in fdinfo's order. */
export const ringPolls: Trait<Table> = {
  name: 'requests that io_uring polls for',
  eras: [
    {
      name: 'in tables',
      since: '6.0',
      commit: 'e6f89be61410',
      evidence: 'io_ring_ctx.cancel_table',
      probe: hasMember('io_ring_ctx.cancel_table'),
      reader: chainsOfTables,
    },
    {
      name: 'in one array',
      since: '5.4',
      commit: null,
      evidence: 'io_ring_ctx.cancel_hash',
      probe: hasMember('io_ring_ctx.cancel_hash'),
      reader: (kernel, context) => {
        const at = kernel.layout('io_ring_ctx', OLD_TABLE);
        const size = chainCount(kernel.mem.u32(context, at.bits));
        const array = kernel.mem.ptr(context, at.buckets);
        return Array.from({ length: size }, (_, i) => (array + i * WORD) as Kva);
      },
    },
  ],
};

function* chainsOfTables(kernel: Kernel, context: Kva): Generator<Kva> {
  const { mem } = kernel;
  const at = kernel.layout('io_hash_table', TABLE);
  const { list } = kernel.layout('io_hash_bucket', BUCKET);
  const size = kernel.sizeOf('io_hash_bucket');
  const tables = ['cancel_table', 'cancel_table_locked'].flatMap((name) => {
    const offset = kernel.types.member(`io_ring_ctx.${name}`)?.offset;
    return offset === undefined ? [] : [(context + offset) as Kva];
  });
  const [first] = tables;
  if (first === undefined) return;
  const buckets = tables.map((table) => mem.ptr(table, at.buckets));
  const count = chainCount(mem.u32(first, at.bits));
  for (let i = 0; i < count; i++) for (const each of buckets) yield (each + i * size + list) as Kva;
}

function chainCount(bits: number): number {
  return 2 ** Math.min(bits, MAX_BITS);
}

export function readPolls(kernel: Kernel, context: Kva): RingPoll[] {
  const { opcode, hashed } = kernel.layout('io_kiocb', REQUEST);
  const found: RingPoll[] = [];
  const take = (request: Kva) =>
    void found.push({ opcode: kernel.mem.u8(request, opcode), taskWork: hasTaskWork(kernel, request) });
  for (const head of kernel.trait(ringPolls)(kernel, context))
    forEachHlistEntry(kernel, head, hashed, take, MAX_POLLS);
  return found;
}

function hasTaskWork(kernel: Kernel, request: Kva): boolean {
  const { mem } = kernel;
  const at = kernel.layout('io_kiocb', REQUEST);
  const task =
    at.task === undefined
      ? mem.ptr(mem.ptr(request, at.context), kernel.layout('io_uring_task', TASK_CONTEXT).task)
      : mem.ptr(request, at.task);
  return mem.ptr(task, kernel.layout('task_struct', TASK).works) !== NULL;
}
