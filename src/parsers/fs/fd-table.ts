// The descriptors of a process: struct files_struct and struct fdtable. Mirrors fs/file.c and fs/proc/fd.c.

import { type Kva, NULL } from '../../base/address.js';
import type { FileDescriptor } from '../../snapshot/files.js';
import type { Kernel } from '../kernel/kernel.js';
import { openFile } from './open-file.js';

const FILES = { table: 'fdt' } as const;
const TABLE = { slots: 'max_fds', files: 'fd', closeOnExec: 'close_on_exec' } as const;

/** sysctl fs.nr_open can go further, but its default is this, and no table of a larger one was ever met. */
const MAX_SLOTS = 1 << 20;
/** Tables grow by whole words of their bitmaps. */
const BITMAP_WORD = 64;
const SLOT = 8;
const CHUNK_SLOTS = 512;
/** A table with more faults in it is rubble. */
const MAX_FAULTS = 4096;

/** The open descriptors, in order: every slot that points to a file, as /proc/PID/fd lists them. */
export function readFiles(kernel: Kernel, filesStruct: Kva): readonly FileDescriptor[] {
  return kernel.faults.guard('descriptors', () => readTable(kernel, filesStruct), []);
}

function readTable(kernel: Kernel, filesStruct: Kva): FileDescriptor[] {
  const { mem } = kernel;
  const table = mem.ptr(filesStruct, kernel.layout('files_struct', FILES).table);
  const at = kernel.layout('fdtable', TABLE);
  const slots = mem.u32(table, at.slots);
  if (slots > MAX_SLOTS || slots % BITMAP_WORD !== 0)
    throw mem.fault('corrupt', `a table of ${slots} descriptors`, table, at.slots);
  const closing = mem.ptr(table, at.closeOnExec);
  const limit = kernel.faults.count + MAX_FAULTS;
  const out: FileDescriptor[] = [];
  const array = mem.ptr(table, at.files);
  for (const fd of usedSlots(kernel, array, slots)) {
    const slot = (array + fd * SLOT) as Kva;
    const descriptor = kernel.faults.guard(`fd ${fd}`, () => readSlot(kernel, fd, slot, closing), null);
    if (descriptor !== null) out.push(descriptor);
    if (kernel.faults.count <= limit) continue;
    kernel.faults.add(mem.fault('bound', `the table is rubble: left at descriptor ${fd} of ${slots}`, table));
    break;
  }
  return out;
}

/** Numbers of the slots that are not NULL. A part of the table that cannot be read is one fault. */
function* usedSlots(kernel: Kernel, array: Kva, slots: number): Generator<number> {
  for (let first = 0; first < slots; first += CHUNK_SLOTS) {
    const count = Math.min(CHUNK_SLOTS, slots - first);
    const start = (array + first * SLOT) as Kva;
    const chunk = kernel.faults.guard(
      `fds from ${first}`,
      () => kernel.mem.bytes(start, count * SLOT),
      EMPTY,
    );
    const words = new Uint32Array(chunk.buffer, 0, chunk.length / 4);
    for (let i = 0; i < words.length; i += 2) {
      if (words[i] !== 0 || words[i + 1] !== 0) yield first + i / 2;
    }
  }
}

const EMPTY = new Uint8Array(0);

function readSlot(kernel: Kernel, fd: number, slot: Kva, closing: Kva): FileDescriptor {
  const file = kernel.mem.ptr(slot);
  if (file >= NULL || file % SLOT !== 0) throw kernel.mem.fault('bad-pointer', 'no struct file', slot);
  let closeOnExec = false;
  try {
    closeOnExec = ((kernel.mem.u8(closing, fd >>> 3) >>> (fd & 7)) & 1) === 1;
  } catch (error) {
    kernel.faults.caught('close_on_exec', error);
  }
  return { fd, closeOnExec, file: openFile(kernel, file) };
}
