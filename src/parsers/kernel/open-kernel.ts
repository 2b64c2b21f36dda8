// Opens the kernel in a memory image: locate it, read its symbols and types, and hand out a `Kernel`.

import { InputError, OwError } from '../../base/error.js';
import { Fault, FaultLog } from '../../base/fault.js';
import { AnswerStore, cacheDirectory } from '../cache/answer-store.js';
import { Answers } from '../cache/answers.js';
import { CachedTypes } from '../cache/cached-types.js';
import { PlaceStore } from '../cache/place-store.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import { BpfSymbols } from '../symbols/bpf-symbols.js';
import { readBuildId } from '../symbols/build-id.js';
import { CombinedSymbols } from '../symbols/combined-symbols.js';
import type { SymbolLibrary } from '../symbols/library.js';
import type { LinkedTable } from '../symbols/linked-symbols.js';
import { ModuleSymbols } from '../symbols/module-symbols.js';
import { readSystemMap } from '../symbols/system-map.js';
import { Kernel, type KernelLocation } from './kernel.js';
import { openTypes } from './kernel-types.js';
import { placeOf, type Role } from './locate.js';
import { type LocatedImage, releaseOf } from './locate-image.js';
import { type FoundKernel, findKernel } from './locate-layout.js';
import { noted } from './locate-note.js';
import { KERNEL_MAP } from './locate-paging.js';
import { checkOverrides, type Overrides, readOverrides } from './overrides.js';
import { type Vmcoreinfo, vmcoreinfoInMemory, vmcoreinfoNote } from './vmcoreinfo.js';

export interface OpenKernelOptions extends Overrides {
  readonly faults?: FaultLog | undefined;
  /** Neither read nor write what is remembered about kernel builds. */
  readonly noCache?: boolean | undefined;
  /** Instead of $XDG_CACHE_HOME/otherworld/kernels. */
  readonly cacheDirectory?: string | undefined;
  /** Directories with answers that are only read, such as what ships in symbols/. */
  readonly sharedAnswers?: readonly string[] | undefined;
  /** Maps and types for a dump whose own tables are damaged. */
  readonly library?: SymbolLibrary | undefined;
  /**
   * Which kernel, where a crash kernel has booted in the same memory: the one that died (the default), or the one that
   * runs in its reservation. An AbsentError where the one that is named is not there.
   */
  readonly kernel?: Role | undefined;
}

/** What the place of the kernel that died is kept as. */
const DEAD = 'main';

/** The kernel in `memory`; its own `mem.physical` is another one where the image's layout proved to be different. */
export function openKernel(memory: PhysicalMemory, options: OpenKernelOptions = {}): Kernel {
  const linked = readOverrides(options);
  const { store, hint, keep } = openCache(memory.image.path, options);
  const find = (table: LinkedTable | undefined) =>
    findKernel(memory, { linked: table, kernel: options.kernel, store, hint });
  const found = linked ? find(linked) : orFromLibrary(find, options.library);
  const location = describe(found);
  if (linked) checkOverrides(linked, location, options);
  return assemble(found, location, options, () => keep(found));
}

/** The kernel by its own tables; where they are damaged, by the first map of the library that fits it. */
function orFromLibrary(
  find: (table: LinkedTable | undefined) => FoundKernel,
  library: SymbolLibrary | undefined,
): FoundKernel {
  try {
    return find(undefined);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const { path } of library?.maps() ?? []) {
      const found = attempt(() => find(readSystemMap(path)));
      if (found) return found;
    }
    throw error;
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OwError || error instanceof Fault) return undefined;
    throw error;
  }
}

/** What is remembered: answers about builds, and the place of the dead kernel in this dump. */
function openCache(path: string, options: OpenKernelOptions) {
  const directory = options.noCache ? null : (options.cacheDirectory ?? cacheDirectory());
  const store = new AnswerStore(directory, options.noCache ? [] : options.sharedAnswers);
  const places = new PlaceStore(directory);
  const keep = ({ image: { answers, ...image }, role }: FoundKernel) => {
    if (!answers) return;
    store.save(answers);
    if (role === 'dead') places.keep(path, DEAD, placeOf(image) - answers.facts.textFromHead);
  };
  return { store, hint: places.find(path, DEAD), keep };
}

function assemble(
  { image, regions: { mem } }: FoundKernel,
  location: KernelLocation,
  options: OpenKernelOptions,
  keep: () => void,
): Kernel {
  const open = () => openTypes(mem, image.symbols, options, location.buildId);
  // A file's types are no answers about this build.
  const types = options.btf ? open() : new CachedTypes(image.answers ?? forThisRun(location), open);
  const faults = options.faults ?? new FaultLog();
  const modules = new ModuleSymbols(mem, types, image.symbols, faults);
  const bpf = new BpfSymbols(mem, types, image.symbols, faults);
  const symbols = new CombinedSymbols(image.symbols, modules, bpf);
  return new Kernel(mem, symbols, types, faults, location, keep);
}

/** Answers that are not kept: of a build that could not be made out, or with symbols from a file. */
function forThisRun({ banner }: KernelLocation): Answers {
  return new Answers({ buildId: '', banner, head: '', textFromHead: 0, symbolCount: 0 });
}

/** CONFIG_PHYSICAL_START: kernels are linked to begin 16 MiB above __START_KERNEL_map. */
const LINKED_TEXT = Number(BigInt.asIntN(64, KERNEL_MAP)) + 0x100_0000;

function describe({ memory, image, regions, evidence }: FoundKernel): KernelLocation {
  const { symbols, slide, banner, text } = image;
  const vmcoreinfo = readVmcoreinfo(memory, regions.mem, image);
  const told = vmcoreinfo.values.get('KERNELOFFSET');
  return {
    release: releaseOf(banner),
    banner,
    buildId: readBuildId(regions.mem, symbols) ?? vmcoreinfo.values.get('BUILD-ID') ?? null,
    vmcoreinfoFrom: vmcoreinfo.from,
    vmcoreinfo: vmcoreinfo.values,
    kaslrOffset: told === undefined ? text - LINKED_TEXT : Number.parseInt(told, 16),
    physBase: slide + Number(BigInt.asIntN(64, KERNEL_MAP)),
    pagingLevels: regions.levels,
    evidence,
  };
}

/** The image's note may be another kernel's: a crash kernel tells QEMU of its own when it loads the driver for that. */
function readVmcoreinfo(memory: PhysicalMemory, mem: KernelMemory, image: LocatedImage): Vmcoreinfo {
  const note = vmcoreinfoNote(memory.image.notes);
  const elsewhere = (noted(memory)?.text ?? placeOf(image)) !== placeOf(image);
  return note.from === null || elsewhere ? vmcoreinfoInMemory(mem, image.symbols) : note;
}
