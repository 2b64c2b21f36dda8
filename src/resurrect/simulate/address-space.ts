// An address space as mmap(2) with MAP_FIXED_NOREPLACE builds it (mm/mmap.c), and its bounds (kernel/sys.c
// prctl_set_mm_map()).

import { PAGE_BYTES } from '../abi/page-run.js';
import type { Mm, Vma } from '../abi/records/memory.js';
import { E, must } from './kernel-error.js';

/** vm.mmap_min_addr of Debian's kernels. */
const MMAP_MIN_ADDR = 65536;
/** vm.max_map_count. */
const MAX_MAP_COUNT = 65530;

export class AddressSpace {
  private readonly mapped: Vma[] = [];

  constructor(private readonly mm: Mm) {}

  /** Maps every VMA; throws KernelError. */
  build(): void {
    for (const [index, vma] of this.mm.vmas.entries()) this.map(vma, index);
    this.setBounds();
  }

  at(address: number | bigint): Vma | undefined {
    return this.mapped.find(({ start, end }) => address >= start && address < end);
  }

  get vmas(): readonly Vma[] {
    return this.mapped;
  }

  private map(vma: Vma, index: number): void {
    const { start, end, offset } = vma;
    must(
      start % PAGE_BYTES === 0 && end % PAGE_BYTES === 0 && offset % PAGE_BYTES === 0,
      E.INVAL,
      index,
      start,
    );
    must(end > start, E.INVAL, index, start);
    must(end <= this.mm.taskSize, E.NOMEM, index, start);
    must(start >= MMAP_MIN_ADDR, E.PERM, index, start);
    must(this.mapped.length < MAX_MAP_COUNT, E.NOMEM, index, start);
    // VMAs of a plan are in order, so that only the last can be in the way; of one that is not, any.
    const last = this.mapped.at(-1);
    const free =
      last === undefined ||
      start >= last.end ||
      !this.mapped.some((each) => start < each.end && end > each.start);
    must(free, E.EXIST, index, start);
    this.mapped.push(vma);
  }

  private setBounds(): void {
    const { startCode, endCode, startData, endData, startBrk, brk, argStart, argEnd, envStart, envEnd } =
      this.mm;
    const pairs = [
      [startCode, endCode],
      [startData, endData],
      [startBrk, brk],
      [argStart, argEnd],
      [envStart, envEnd],
    ] as const;
    for (const [first, last] of pairs) {
      must(first <= last, E.INVAL, -1, first);
      must(first >= MMAP_MIN_ADDR || first === 0, E.INVAL, -1, first);
      must(last <= this.mm.taskSize, E.INVAL, -1, last);
    }
    const { vdso } = this.mm;
    must(vdso === 0 || this.at(vdso) !== undefined, E.FAULT, -1, vdso);
  }
}
