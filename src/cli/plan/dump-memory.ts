// A dump's memory as simulation, digests and the checker see it.
import type { Dump } from '../../parsers/dump.js';
import { type FrameFacts, frameFacts } from '../../parsers/mm/frame-facts.js';
import { copySwapSlot } from '../../parsers/mm/swap-source.js';
import { pageCacheOf } from '../../parsers/parts/page-cache.js';
import { identityOf } from '../../parsers/parts/system.js';
import { PAGE_BYTES } from '../../resurrect/abi/page-run.js';
import type { DumpFacts } from '../../resurrect/check/against-dump.js';
import type { MemorySource } from '../../resurrect/simulate/memory-source.js';
import { CACHED, type FilePageRun } from '../../snapshot/pagecache.js';

export class DumpMemory implements MemorySource, DumpFacts {
  private files: ReadonlyMap<string, readonly FilePageRun[]> | undefined;

  constructor(private readonly dump: Dump) {}

  frames(pfn: number, into: Uint8Array): boolean {
    return this.dump.kernel.mem.physical.bulk(pfn * PAGE_BYTES, into) === into.length;
  }

  get identity(): string {
    return identityOf(this.dump).digest;
  }

  frame(pfn: number): FrameFacts | null {
    return frameFacts(this.dump.kernel, pfn);
  }

  swapped(area: number, slot: number, into: Uint8Array): boolean {
    return copySwapSlot(this.dump.kernel, { type: area, offset: slot }, into);
  }

  cached(device: number, inode: bigint, index: number, into: Uint8Array): boolean {
    this.files ??= this.filePages();
    const runs = this.files.get(`${device} ${inode}`) ?? [];
    const run = runs.find((each) => index >= each.index && index < each.index + each.pages);
    if (run === undefined || (run.flags & CACHED.present) === 0 || (run.flags & CACHED.stale) !== 0)
      return false;
    return this.frames(run.pfn + index - run.index, into);
  }

  private filePages(): Map<string, readonly FilePageRun[]> {
    const holders = this.dump.tasks.flatMap((task) => this.dump.vmas(task).flatMap(({ file }) => file ?? []));
    const pages = pageCacheOf(this.dump).pagesOf(new Set(holders), { clean: true });
    return new Map(pages.map(({ device, number, runs }) => [`${device} ${number}`, runs]));
  }
}
