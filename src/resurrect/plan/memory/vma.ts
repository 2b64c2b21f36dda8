// A VMA: what backs it, and which of its pages are the process's own.

import { PAGE, type PageRun, type Vma as SnapshotVma } from '../../../snapshot/mm.js';
import type { SnapshotFile } from '../../../snapshot/snapshot.js';
import { endOfRun, PAGE_BYTES } from '../../abi/page-run.js';
import {
  PAGE_SOURCE,
  type PageRun as PlannedRun,
  VMA_KIND,
  type Vma,
  type VmaKind,
} from '../../abi/records/memory.js';
import { planFile } from '../files/file.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { HOLDS, mappedRuns } from './runs.js';
import { planSharedMemory } from './shared-memory.js';

/** Says what cannot be restored of the VMA, and why. */
export type RefuseVma = (resource: ResourceName, what: string) => void;

interface Backing {
  readonly kind: VmaKind;
  readonly backing: number | null;
}

const NONE: readonly PageRun[] = [];
const NOTHING = (kind: VmaKind): Backing => ({ kind, backing: null });
/** Their pages, once written, are the process's. */
const PRIVATE: readonly VmaKind[] = [
  VMA_KIND.anonymous,
  VMA_KIND.file_private,
  VMA_KIND.shared_memory_private,
  VMA_KIND.device,
];
/** What /dev/zero gives when it is mapped: nothing but zeroes. */
const ZERO = 'zero_fops';
/** As VmFlags of smaps has them. */
const USERFAULT = ['um', 'uw', 'ui'];
/** pte markers (include/linux/swapops.h): to be write-protected once it is there; taken by MADV_GUARD_INSTALL (7c53dfbdb024). */
const UFFD_WP = 1;
const GUARD = 4;

/** Whether a VMA is planned otherwise for having the run: most are of pages of files. */
export function concerns(run: PageRun): boolean {
  return isOwn(run) || isMarker(run);
}

/** `runs`: those of the address space that lie in it, or reach into it, and concern it. */
export function planVma(
  planning: Planning,
  vma: SnapshotVma,
  runs: readonly PageRun[],
  refuse: RefuseVma,
): Vma {
  const { kind, backing } = backingOf(planning, vma, refuse);
  const within = clipped(runs, vma);
  const markers = within.some(isMarker) ? within.filter(isMarker) : NONE;
  if (vma.vmFlags.some((flag) => USERFAULT.includes(flag))) {
    refuse('userfaultfd_range', `${placeOf(vma)} is registered with a userfaultfd`);
  }
  if (markers.length > 0) refuseMarkers(markers, refuse);
  return {
    start: vma.start,
    end: vma.end,
    vmFlags: big(vma.flags),
    offset: vma.offset,
    kind,
    backing,
    name: vma.name,
    pages: PRIVATE.includes(kind) ? ownPages(planning, vma, within, refuse) : [],
    guards: markers.length > 0 ? guardsOf(markers) : [],
  };
}

function ownPages(
  planning: Planning,
  vma: SnapshotVma,
  within: readonly PageRun[],
  refuse: RefuseVma,
): readonly PlannedRun[] {
  if (within.length === 0) return [];
  const { swap } = planning;
  const own = within.filter(isOwn);
  const there = own.filter((run) => (run.flags & PAGE.swap) === 0 || swap.has(run));
  if (there.length < own.length) refuse('memory', `${placeOf(vma)} has pages on swap that there is not`);
  const pages = mappedRuns(planning, there);
  if (pages.some((run) => run.source === PAGE_SOURCE.swap && swap.isOnZram(run.swap))) {
    refuse('zram_swap', `pages of ${placeOf(vma)} on zram could not be read, or are too many`);
  }
  return pages;
}

const placeOf = ({ name, start }: SnapshotVma): string => `${name || 'memory'} at 0x${start.toString(16)}`;

function backingOf(planning: Planning, vma: SnapshotVma, refuse: RefuseVma): Backing {
  if (vma.file === null) return withoutFile(vma, refuse);
  const file = planning.index.files.get(vma.file);
  const shared = vma.perms[3] === 's';
  if (file === undefined) {
    refuse('mapping', `${vma.name}: its file could not be read`);
    return { kind: VMA_KIND.device, backing: planFile(planning, vma.file) };
  }
  const memory = file.inodeAddress === null ? null : planSharedMemory(planning, file.inodeAddress);
  if (memory !== null) {
    return { kind: shared ? VMA_KIND.shared_memory : VMA_KIND.shared_memory_private, backing: memory };
  }
  if (file.fsType === 'aio') return NOTHING(VMA_KIND.special);
  const backing = planFile(planning, vma.file);
  if (file.type === 'regular') {
    return { kind: shared ? VMA_KIND.file_shared : VMA_KIND.file_private, backing };
  }
  refuseDevice(file, vma, refuse);
  return { kind: VMA_KIND.device, backing };
}

function withoutFile({ name, anonymous }: SnapshotVma, refuse: RefuseVma): Backing {
  if (name === '[vdso]') return NOTHING(VMA_KIND.vdso);
  if (name.startsWith('[vvar')) return NOTHING(VMA_KIND.vvar);
  if (anonymous) return NOTHING(VMA_KIND.anonymous);
  refuse('mapping', `${name || 'a mapping without a name'} is one that the kernel makes itself`);
  return NOTHING(VMA_KIND.special);
}

function refuseDevice({ path, operations, type }: SnapshotFile, vma: SnapshotVma, refuse: RefuseVma): void {
  if (operations === ZERO) return;
  const what = type === 'char' || type === 'block' ? 'a device' : 'an object that makes its own pages';
  refuse('mapping', `${path} at 0x${vma.start.toString(16)} is a mapping of ${what}`);
}

/** Not the page cache's, nor the kernel's. */
function isOwn({ flags, pages }: PageRun): boolean {
  const others = PAGE.file | PAGE.special | PAGE.marker;
  return pages > 0 && (flags & HOLDS) !== 0 && (flags & others) === 0;
}

function isMarker({ flags, pages }: PageRun): boolean {
  return (flags & PAGE.marker) !== 0 && pages > 0;
}

function refuseMarkers(markers: readonly PageRun[], refuse: RefuseVma): void {
  for (const { pfn, pages, address } of markers) {
    const place = `${pages} pages at 0x${address.toString(16)}`;
    if (pfn === UFFD_WP) refuse('userfaultfd_range', `${place} are write-protected for a userfaultfd`);
    else if (!isGuard(pfn)) refuse('poisoned_page', `${place} had failed, or were a device's`);
  }
}

/** `marks`: of a marker. Entries of other kinds that hold no page have a frame there, and none has so low a one. */
function isGuard(marks: number): boolean {
  return (marks & ~UFFD_WP) === GUARD;
}

/** Neighbours are one range: how it was installed nobody can tell. */
function guardsOf(markers: readonly PageRun[]): Vma['guards'] {
  const ranges: { start: number; end: number }[] = [];
  for (const run of markers) {
    const { pfn, address } = run;
    if (!isGuard(pfn)) continue;
    const end = endOfRun(run);
    const last = ranges.at(-1);
    if (last?.end === address) last.end = end;
    else ranges.push({ start: address, end });
  }
  return ranges;
}

/** The parts of runs that lie in a VMA: neighbours may be alike, and one run, so the first and the last may reach beyond. */
function clipped(runs: readonly PageRun[], vma: SnapshotVma): readonly PageRun[] {
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return runs;
  const isWithin = first.address >= vma.start && endOfRun(last) <= vma.end;
  return isWithin ? runs : runs.map((run) => cut(run, vma));
}

function cut(run: PageRun, { start, end }: SnapshotVma): PageRun {
  const before = Math.max(0, (start - run.address) / PAGE_BYTES);
  const behind = Math.max(0, (endOfRun(run) - end) / PAGE_BYTES);
  if (before === 0 && behind === 0) return run;
  const counts = (run.flags & (PAGE.zero | PAGE.marker)) === 0;
  return {
    ...run,
    address: run.address + before * PAGE_BYTES,
    pages: Math.max(0, run.pages - before - behind),
    pfn: run.pfn + (counts ? before : 0),
  };
}
