// Part of an image: only certain physical addresses, or all but certain ones. What lies outside cannot be read, as if the
// image did not have it. So it can be shown that an answer does not depend on memory which somebody else has written to.

import { hex, type Phys } from '../../base/address.js';
import { UsageError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import { firstIndex } from '../../base/search.js';
import type { Absence, Image, Layout, Note, PhysicalRange } from './image.js';

/** Physical addresses [start, end), in bytes. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface Window {
  /** These only; all where it is left away. */
  readonly within?: readonly Extent[] | undefined;
  /** Not these; they win over `within`. */
  readonly without?: readonly Extent[] | undefined;
}

/** The image as it is where the window leaves nothing out. */
export function windowed(image: Image, window: Window): Image {
  return window.within === undefined && (window.without ?? []).length === 0
    ? image
    : new ImageWindow(image, window);
}

export class ImageWindow implements Image {
  readonly ranges: readonly PhysicalRange[];
  /** What may be read, whether the image has it or not: sorted, disjoint. */
  private readonly open: readonly Extent[];

  constructor(
    private readonly whole: Image,
    private readonly window: Window,
  ) {
    const everything = [{ start: 0, end: Number.POSITIVE_INFINITY }];
    this.open = difference(merged(window.within ?? everything), merged(window.without ?? []));
    this.ranges = intersection(whole.ranges, this.open) as PhysicalRange[];
    if (this.ranges.length === 0) {
      const told = whole.ranges.map(({ start, end }) => `${hex(start)}-${hex(end)}`).join(', ');
      throw new UsageError(
        `${whole.path}: nothing is left of it between --within and --without`,
        `It has ${told}.`,
      );
    }
  }

  get format(): string {
    return `${this.whole.format}, in part`;
  }

  get path(): string {
    return this.whole.path;
  }

  get notes(): readonly Note[] {
    return this.whole.notes;
  }

  get faults(): readonly FaultRecord[] {
    return this.whole.faults;
  }

  get layouts(): readonly Layout[] {
    return this.whole.layouts;
  }

  get layout(): Layout | null {
    return this.whole.layout;
  }

  withLayout(layout: Layout): Image {
    return new ImageWindow(this.whole.withLayout(layout), this.window);
  }

  read(at: Phys, into: Uint8Array): number {
    const room = (this.around(at)?.end ?? at) - at;
    if (room >= into.length) return this.whole.read(at, into);
    return room <= 0 ? 0 : this.whole.read(at, into.subarray(0, room));
  }

  absence(at: Phys): Absence {
    return this.around(at) === undefined ? 'outside' : this.whole.absence(at);
  }

  *data(start: Phys, end: Phys): Generator<PhysicalRange> {
    for (const part of intersection([{ start, end }], this.open)) {
      yield* this.whole.data(part.start as Phys, part.end as Phys);
    }
  }

  close(): void {
    this.whole.close();
  }

  private around(at: number): Extent | undefined {
    const found = this.open[firstIndex(this.open.length, (index) => (this.open[index] as Extent).end > at)];
    return found !== undefined && found.start <= at ? found : undefined;
  }
}

/** Sorted, disjoint, none of them empty. */
function merged(extents: readonly Extent[]): Extent[] {
  const out: { start: number; end: number }[] = [];
  for (const { start, end } of [...extents].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (end <= start) continue;
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else out.push({ start, end });
  }
  return out;
}

/** What two lists of `merged` have in common. */
export function intersection(ones: readonly Extent[], others: readonly Extent[]): Extent[] {
  const out: Extent[] = [];
  for (let i = 0, j = 0; i < ones.length && j < others.length; ) {
    const [one, other] = [ones[i] as Extent, others[j] as Extent];
    const [start, end] = [Math.max(one.start, other.start), Math.min(one.end, other.end)];
    if (start < end) out.push({ start, end });
    if (one.end < other.end) i++;
    else j++;
  }
  return out;
}

/** What of one list of `merged` is not in the other. */
function difference(ones: readonly Extent[], others: readonly Extent[]): Extent[] {
  const gaps: Extent[] = [];
  let at = 0;
  for (const { start, end } of others) {
    if (start > at) gaps.push({ start: at, end: start });
    at = end;
  }
  return intersection(ones, [...gaps, { start: at, end: Number.POSITIVE_INFINITY }]);
}
