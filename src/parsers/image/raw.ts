// Raw image: the guest's RAM as it lies in QEMU's memory backend, byte 0 first.

import type { Phys } from '../../base/address.js';
import type { ByteSource } from './byte-source.js';
import type { Image, Layout } from './image.js';
import { candidateLayouts } from './pc-layout.js';
import { type Segment, SegmentImage, truncated } from './segment-image.js';

const FOUR_GIB = 2 ** 32;
const MIB = 2 ** 20;
/** No kernel lives in less; smaller files are somebody's experiments and may have any size. */
const SMALLEST_RAM = 16 * MIB;

/** `layout`: chosen by the user; without it, the likeliest of `candidateLayouts`. */
export function openRaw(source: ByteSource, layout?: Layout): Image {
  const layouts = layout
    ? [layout]
    : candidateLayouts(new SegmentImage(source, unmoved(source)), source.size);
  return laidOut(source, layouts, layouts[0] as Layout);
}

function unmoved(source: ByteSource) {
  return { format: 'raw', segments: [{ start: 0, bytes: source.size, offset: 0 }] };
}

function laidOut(source: ByteSource, layouts: readonly Layout[], layout: Layout): Image {
  const { size } = source;
  const segments: Segment[] = [{ start: 0, bytes: Math.min(layout.split, size), offset: 0 }];
  if (layout.split < size) {
    segments.push({ start: FOUR_GIB, bytes: size - layout.split, offset: layout.split });
  }
  const last = segments.at(-1) as Segment;
  const end = (last.start + last.bytes) as Phys;
  const cut = source.cut || (size >= SMALLEST_RAM && size % MIB !== 0);
  const detail = `${source.path}: ends after ${size} bytes, guest memory is whole MiB: it seems cut short`;
  return new SegmentImage(source, {
    format: layout.split < size ? `raw (${layout.name})` : 'raw',
    segments,
    layouts,
    layout,
    // A source that was cut has it on record already.
    faults: cut && !source.cut ? [truncated(size, detail)] : [],
    missing: cut ? [{ start: end, end: Number.POSITIVE_INFINITY as Phys }] : [],
    relayout: (other) => laidOut(source, layouts, other),
  });
}
