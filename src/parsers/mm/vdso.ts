// Which build of the vDSO a process has mapped: the GNU build id of the image that mm_context.vdso_image leads to
// (arch/x86/include/asm/vdso.h, arch/x86/entry/vdso/vma.c). One image serves all 64-bit processes.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { buildIdOf } from '../symbols/build-id.js';
import { HEADER_BYTES, PT, readHeader } from '../symbols/elf-format.js';

const IMAGE = { data: 'data', size: 'size' } as const;
const MOST_BYTES = 1 << 20;
const MOST_NOTE_BYTES = 4096;

const known = perKernel(() => new Map<Kva, string | null>());

/** Hex digits; null for no image, where the capture lacks it (trimmed ones may), and, with a fault, for what is none. */
export function vdsoBuild(kernel: Kernel, image: Kva): string | null {
  if (image === NULL) return null;
  const memo = known(kernel);
  let found = memo.get(image);
  if (found === undefined) {
    found = kernel.faults.guard('vDSO image', () => readWhereKept(kernel, image), null);
    memo.set(image, found);
  }
  return found;
}

function readWhereKept(kernel: Kernel, image: Kva): string | null {
  try {
    return read(kernel, image);
  } catch (error) {
    if (error instanceof Fault && error.kind === 'hole') return null;
    throw error;
  }
}

/** It is linked at 0 and mapped whole: an offset in the file is one in the image. */
function read(kernel: Kernel, image: Kva): string | null {
  const { mem } = kernel;
  const at = kernel.layout('vdso_image', IMAGE);
  const [data, size] = [mem.ptr(image, at.data), mem.nat(image, at.size)];
  const torn = (what: string) => mem.fault('corrupt', what, image, at.size);
  if (size > MOST_BYTES) throw torn('no vDSO is as long');
  const header = readHeader(mem.bytes(data, Math.min(size, HEADER_BYTES)));
  if (header === undefined) throw torn('the vDSO is no ELF file');
  const notes = header.segments.find(({ type }) => type === PT.note);
  if (notes === undefined) return null;
  const { offset, fileSize } = notes;
  if (fileSize > MOST_NOTE_BYTES || offset + fileSize > size) throw torn('notes beyond the end of the vDSO');
  return buildIdOf(mem.bytes(data, fileSize, offset));
}
