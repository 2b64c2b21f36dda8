// A process of a simulated plan as an ELF core file: what it would be the moment it runs on.

import { elfCore, type PlacedSegment, type Segment } from '../../base/elf-core.js';
import { PAGE_BYTES, wholePages } from '../abi/page-run.js';
import type { Plan } from '../abi/plan.js';
import { type Mm, VMA_KIND, VMA_KIND_TARGET, type Vma } from '../abi/records/memory.js';
import type { Process } from '../abi/records/processes.js';
import { coreNotes } from './core-notes.js';
import { type MemorySource, type PlannedMemory, plannedMemory } from './memory-source.js';
import { readRuns } from './pages.js';

/** A reservation that was never touched is not worth a hole of terabytes. */
const MAX_UNTOUCHED = 64 << 20;
/** VM_READ, VM_WRITE and VM_EXEC, and PF_R, PF_W and PF_X. */
const RIGHTS = [
  [1n, 4],
  [2n, 2],
  [4n, 1],
] as const;

export interface CoreSink {
  writeAt(bytes: Uint8Array, at: number): void;
  resize(bytes: number): void;
}

/** Length of the file. The process has an address space. */
export function writePlanCore(
  plan: Plan,
  process: Process,
  mm: Mm,
  memory: MemorySource,
  sink: CoreSink,
): number {
  const pieces = new Pieces(plan, plannedMemory(memory, plan));
  const segments = mm.vmas.flatMap((vma) => pieces.segments(vma));
  const { head, placed, bytes } = elfCore(segments, coreNotes(plan, process, mm));
  sink.resize(bytes);
  sink.writeAt(head, 0);
  const writer = new Writer(placed, sink);
  for (const vma of mm.vmas) pieces.write(vma, (address, part) => writer.write(address, part));
  return bytes;
}

type Visit = (address: number, bytes: Uint8Array) => void;

class Pieces {
  private readonly page = new Uint8Array(PAGE_BYTES);

  constructor(
    private readonly plan: Plan,
    private readonly memory: PlannedMemory,
  ) {}

  /** What is known of a VMA, and what is not: a file's pages that are not in memory. */
  segments(vma: Vma): Segment[] {
    const flags = RIGHTS.reduce((sum, [right, flag]) => sum | ((vma.vmFlags & right) === 0n ? 0 : flag), 0);
    const { start, end, kind } = vma;
    const base = { start, end, flags };
    if (VMA_KIND_TARGET[kind] !== 'file') {
      const made = kind === VMA_KIND.vdso || kind === VMA_KIND.vvar || kind === VMA_KIND.special;
      const content = made && vma.pages.length === 0 ? 'unknown' : 'known';
      return [
        { ...base, content: end - start > MAX_UNTOUCHED && vma.pages.length === 0 ? 'untouched' : content },
      ];
    }
    const known = this.knownPages(vma);
    const found: Segment[] = [];
    const add = (from: number, to: number, content: Segment['content']) => {
      const last = found.at(-1);
      if (from >= to) return;
      if (last?.content === content) found[found.length - 1] = { ...last, end: to };
      else found.push({ start: from, end: to, flags, content });
    };
    let at = start;
    for (const page of known) {
      add(at, page, 'unknown');
      add(page, page + PAGE_BYTES, 'known');
      at = page + PAGE_BYTES;
    }
    add(at, end, 'unknown');
    return found;
  }

  /** Addresses of the pages of a file mapping that are known, in order. */
  private knownPages(vma: Vma): number[] {
    const known = new Set<number>();
    this.file(vma, (address) => known.add(address));
    for (const { address, pages } of vma.pages) {
      for (let page = 0; page < pages; page++) known.add(address + page * PAGE_BYTES);
    }
    return [...known].sort((a, b) => a - b);
  }

  /** What the VMA shows: of its file or shared memory first, its own pages over that. */
  write(vma: Vma, visit: Visit): void {
    const target = VMA_KIND_TARGET[vma.kind];
    if (target === 'sharedMemory') this.shared(vma, visit);
    else if (target === 'file') this.file(vma, visit);
    readRuns(vma.pages, this.memory, visit);
  }

  private shared({ start, end, offset, backing }: Vma, visit: Visit): void {
    const runs = backing === null ? [] : (this.plan.sharedMemory[backing]?.pages ?? []);
    readRuns(runs, this.memory, (address, bytes) => {
      const from = Math.max(offset, address);
      const to = Math.min(offset + end - start, address + bytes.length);
      if (from < to) visit(start + from - offset, bytes.subarray(from - address, to - address));
    });
  }

  private file({ start, end, offset, backing }: Vma, visit: Visit): void {
    const target = backing === null ? null : (this.plan.file[backing]?.target ?? null);
    const inode = target === null ? undefined : this.plan.inode[target];
    if (inode === undefined) return;
    // Behind the file's last page there is nothing: to touch it is SIGBUS.
    const last = Math.min(end, start - offset + wholePages(inode.bytes));
    for (let at = start; at < last; at += PAGE_BYTES) {
      const index = (offset + at - start) / PAGE_BYTES;
      if (this.memory.cached(inode.device, inode.inode, index, this.page)) visit(at, this.page);
    }
  }
}

/** Addresses come in order within a VMA, and VMAs in order. */
class Writer {
  private next = 0;

  constructor(
    private readonly placed: readonly PlacedSegment[],
    private readonly sink: CoreSink,
  ) {}

  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const segment = this.find(at);
      if (segment === undefined) return;
      const part = bytes.subarray(done, Math.min(bytes.length, done + segment.end - at));
      if (segment.content === 'known') this.sink.writeAt(part, segment.offset + at - segment.start);
      done += part.length;
    }
  }

  /** Own pages of a VMA are written over what its file has: it may have to go back. */
  private find(address: number): PlacedSegment | undefined {
    if (address < (this.placed[this.next]?.start ?? 0)) this.next = 0;
    while ((this.placed[this.next]?.end ?? Number.POSITIVE_INFINITY) <= address) this.next++;
    return this.placed[this.next];
  }
}
