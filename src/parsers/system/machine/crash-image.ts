// What is loaded in the crash kernel's reservation: struct kimage (include/linux/kexec.h).

import { type Kva, NULL } from '../../../base/address.js';
import type { CrashImage } from '../../../snapshot/machine.js';
import type { Kernel } from '../../kernel/kernel.js';

const KIMAGE = { entry: 'start', count: 'nr_segments', segments: 'segment' } as const;
const SEGMENT = { start: 'mem', bytes: 'memsz' } as const;
/** KEXEC_SEGMENT_MAX. */
const MAX_SEGMENTS = 16;

/** Null where none is loaded, or the kernel cannot load any. */
export function readCrashImage(kernel: Kernel): CrashImage | null {
  const { mem, symbols, types } = kernel;
  const pointer = symbols.address('kexec_crash_image');
  const image = pointer === undefined ? NULL : mem.ptr(pointer);
  if (image === NULL) return null;
  const at = kernel.layout('kimage', KIMAGE);
  const count = mem.nat(image, at.count);
  if (count > MAX_SEGMENTS) throw mem.fault('corrupt', `an image of ${count} segments`, image, at.count);
  const size = kernel.sizeOf('kexec_segment');
  const segment = kernel.layout('kexec_segment', SEGMENT);
  return {
    address: mem.hex(image),
    entry: mem.nat(image, at.entry),
    byFile: types.member('kimage.file_mode') !== undefined && fileMode(kernel, image),
    segments: Array.from({ length: count }, (_, n) => {
      const each = (image + at.segments + n * size) as Kva;
      const start = mem.nat(each, segment.start);
      return { start, end: start + mem.nat(each, segment.bytes) };
    }),
  };
}

/** A bit field of one bit. */
function fileMode({ mem, types }: Kernel, image: Kva): boolean {
  const member = types.member('kimage.file_mode');
  if (member === undefined) return false;
  const shift = member.bits?.offset ?? 0;
  return ((mem.u32(image, member.offset) >>> shift) & 1) === 1;
}
