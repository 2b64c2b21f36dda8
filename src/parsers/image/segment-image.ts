// An image made of segments: stretches of physical memory that lie one after another somewhere in a byte source.
// Raw, ELF and LiME are this, with different ways to find the segments.

import { hex, type Phys } from '../../base/address.js';
import type { FaultRecord } from '../../base/fault.js';
import { firstIndex } from '../../base/search.js';
import type { ByteSource } from './byte-source.js';
import type { Absence, Image, Layout, Note, PhysicalRange } from './image.js';

export interface Segment {
  readonly start: number;
  readonly bytes: number;
  /** Where it lies in the source. */
  readonly offset: number;
}

export interface SegmentImageParts {
  readonly format: string;
  readonly segments: readonly Segment[];
  readonly notes?: readonly Note[];
  readonly faults?: readonly FaultRecord[];
  /** Physical memory that should be in the file, but is behind its end. */
  readonly missing?: readonly PhysicalRange[];
  readonly layouts?: readonly Layout[];
  readonly layout?: Layout;
  readonly relayout?: (layout: Layout) => Image;
}

export class SegmentImage implements Image {
  readonly format: string;
  readonly path: string;
  readonly ranges: readonly PhysicalRange[];
  readonly notes: readonly Note[];
  readonly layouts: readonly Layout[];
  readonly layout: Layout | null;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly offsets: Float64Array;
  private readonly missing: readonly PhysicalRange[];
  private readonly ownFaults: readonly FaultRecord[];
  private readonly relayout: ((layout: Layout) => Image) | undefined;
  /** Segment of the last read: reads come in runs. */
  private last = 0;

  constructor(
    private readonly source: ByteSource,
    parts: SegmentImageParts,
  ) {
    const segments = disjoint(parts.segments);
    this.format = parts.format + source.layer;
    this.path = source.path;
    this.notes = parts.notes ?? [];
    this.layouts = parts.layouts ?? [];
    this.layout = parts.layout ?? null;
    this.missing = parts.missing ?? [];
    this.ownFaults = parts.faults ?? [];
    this.relayout = parts.relayout;
    this.starts = Float64Array.from(segments, (segment) => segment.start);
    this.ends = Float64Array.from(segments, (segment) => segment.start + segment.bytes);
    this.offsets = Float64Array.from(segments, (segment) => segment.offset);
    this.ranges = joined(segments);
  }

  get faults(): readonly FaultRecord[] {
    return [...this.ownFaults, ...this.source.faults];
  }

  read(at: Phys, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const here = at + done;
      const index = this.find(here);
      if (index < 0) break;
      const part = Math.min(into.length - done, (this.ends[index] as number) - here);
      const offset = (this.offsets[index] as number) + (here - (this.starts[index] as number));
      const whole = part === into.length;
      const got = this.source.read(offset, whole ? into : into.subarray(done, done + part));
      done += got;
      if (got < part) break;
    }
    return done;
  }

  absence(at: Phys): Absence {
    if (this.find(at) >= 0) return 'corrupt';
    return this.missing.some((range) => at >= range.start && at < range.end) ? 'truncated' : 'hole';
  }

  *data(start: Phys, end: Phys): Generator<PhysicalRange> {
    for (let index = this.firstBehind(start); index < this.starts.length; index++) {
      const base = this.starts[index] as number;
      if (base >= end) return;
      const shift = base - (this.offsets[index] as number);
      const low = Math.max(start, base);
      const high = Math.min(end, this.ends[index] as number);
      for (const part of this.source.data(low - shift, high - shift)) {
        yield { start: (part.start + shift) as Phys, end: (part.end + shift) as Phys };
      }
    }
  }

  withLayout(layout: Layout): Image {
    return this.relayout?.(layout) ?? this;
  }

  close(): void {
    this.source.close();
  }

  /** Segment that holds `at`, or -1. */
  private find(at: number): number {
    const { starts, ends, last } = this;
    if (at >= (starts[last] as number) && at < (ends[last] as number)) return last;
    const index = this.firstBehind(at);
    if (!(at >= (starts[index] as number))) return -1;
    this.last = index;
    return index;
  }

  /** The first segment that ends behind `at`. */
  private firstBehind(at: number): number {
    const { ends } = this;
    return firstIndex(ends.length, (index) => (ends[index] as number) > at);
  }
}

/** Sorted, without overlap: of two segments for the same memory (/proc/vmcore has them) the one that starts first. */
function disjoint(segments: readonly Segment[]): Segment[] {
  const sorted = [...segments].sort((a, b) => a.start - b.start);
  const kept: Segment[] = [];
  let end = 0;
  for (const { start, bytes, offset } of sorted) {
    const skip = Math.max(0, end - start);
    if (skip >= bytes) continue;
    kept.push({ start: start + skip, bytes: bytes - skip, offset: offset + skip });
    end = start + bytes;
  }
  return kept;
}

function joined(segments: readonly Segment[]): PhysicalRange[] {
  const ranges: { start: Phys; end: Phys }[] = [];
  for (const { start, bytes } of segments) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === start) last.end = (start + bytes) as Phys;
    else ranges.push({ start: start as Phys, end: (start + bytes) as Phys });
  }
  return ranges;
}

/** A fault for a container that was cut short. */
export function truncated(offset: number, detail: string): FaultRecord {
  return { kind: 'truncated', space: 'file', address: hex(offset), detail, path: [] };
}
