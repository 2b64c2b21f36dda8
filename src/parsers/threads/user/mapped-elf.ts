// An ELF file as a process has it mapped: where it was loaded, and where its tables are. What is mapped is read through
// the process's memory, the rest (section headers, .symtab) through the page cache.

import { type Kva, NULL } from '../../../base/address.js';
import type { Vma } from '../../../snapshot/mm.js';
import type { UserMemory } from '../../mm/user-memory.js';
import { mappingOfFile } from '../../mm/vma-file.js';
import {
  type ElfHeader,
  HEADER_BYTES,
  PT,
  readHeader,
  readSections,
  SECTION_BYTES,
  type Section,
} from '../../symbols/elf-format.js';
import type { CachedFile } from './cached-file.js';

const PAGE = 4096;
const VDSO = '[vdso]';

export class MappedElf {
  private theSections: readonly Section[] | undefined;

  constructor(
    readonly memory: UserMemory,
    /** The page cache of the file; null for the vDSO, which is all mapped. */
    readonly file: CachedFile | null,
    /** struct address_space of the file; NULL for the vDSO. */
    readonly mapping: Kva,
    readonly header: ElfHeader,
    /** Run-time minus link-time address. */
    readonly bias: number,
  ) {}

  segment(type: number) {
    return this.header.segments.find((each) => each.type === type);
  }

  /** Mapped bytes at a link-time address; those of pages that are not in memory are zeroes. */
  at(vaddr: number, length: number): Uint8Array {
    return this.memory.peek(vaddr + this.bias, length).bytes;
  }

  /** Bytes at a file offset; undefined where not all are in memory. */
  bytes(offset: number, length: number): Uint8Array | undefined {
    if (this.file !== null) return this.file.read(offset, length);
    const { bytes, missing } = this.memory.peek(this.bias + offset, length);
    return missing.length > 0 ? undefined : bytes;
  }

  /** As `bytes`; what is not in memory is zeroes. */
  peekFile(offset: number, length: number): Uint8Array {
    return this.file?.peek(offset, length) ?? this.memory.peek(this.bias + offset, length).bytes;
  }

  /** Empty where the section headers are not in memory. */
  get sections(): readonly Section[] {
    if (this.theSections === undefined) {
      const { sectionOffset, sectionCount } = this.header;
      const bytes = sectionCount === 0 ? undefined : this.bytes(sectionOffset, sectionCount * SECTION_BYTES);
      this.theSections = bytes === undefined ? [] : readSections(bytes);
    }
    return this.theSections;
  }
}

/** The ELF file that a VMA maps; undefined where it is none, or its header is not in memory. */
export function mappedElf(
  memory: UserMemory,
  vma: Vma,
  fileOf: (mapping: Kva) => CachedFile,
): MappedElf | undefined {
  if (vma.name === VDSO) {
    const header = readHeader(memory.readUpTo(vma.start, HEADER_BYTES));
    const load = header?.segments.find(({ type }) => type === PT.load);
    return header && load && new MappedElf(memory, null, NULL, header, vma.start - load.vaddr);
  }
  if (vma.file === null) return undefined;
  const { kernel } = memory;
  const address = kernel.mem.fromHex(vma.file);
  const mapping = kernel.faults.guard('mapped file', () => mappingOfFile(kernel, address), NULL);
  const file = fileOf(mapping);
  const header = readHeader(file.peek(0, HEADER_BYTES));
  const bias = header && loadBias(header, vma);
  return bias === undefined ? undefined : new MappedElf(memory, file, mapping, header as ElfHeader, bias);
}

/** By the segment that the VMA maps; where two share a page, by the one with the same right to execute. */
function loadBias(header: ElfHeader, vma: Vma): number | undefined {
  const isExecutable = vma.perms[2] === 'x';
  const found = header.segments.filter(({ type, offset, fileSize }) => {
    const start = Math.floor(offset / PAGE) * PAGE;
    return type === PT.load && vma.offset >= start && vma.offset < offset + fileSize;
  });
  const segment = found.find(({ executable }) => executable === isExecutable) ?? found[0];
  return segment && vma.start - vma.offset + segment.offset - segment.vaddr;
}
