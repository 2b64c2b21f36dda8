// ELF vmcore: PT_LOAD segments by p_paddr, and notes. Written by QEMU's dump-guest-memory, virsh dump, VirtualBox, and
// by the kernel itself (/proc/vmcore, makedumpfile -E).
//
// elfy reads the headers; its 64-bit fields are doubles, so the exact ones are read again beside it. It is given the
// headers only, never the file.

import { hex, type Phys } from '../../base/address.js';
import { InputError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { type ProgramHeader, readProgramHeaders } from './elf-headers.js';
import { isProcessCore, type NoteRead, readNotes } from './elf-notes.js';
import type { Image, Note, PhysicalRange } from './image.js';
import { type Segment, SegmentImage, truncated } from './segment-image.js';

/** /proc/kcore gives -1 for what has no physical address. */
const PHYS_LIMIT = 2n ** 52n;
/** Notes of thousands of CPUs are some MiB; more is a damaged header. */
const MAX_NOTE_BYTES = 16 << 20;

export function openElf(source: ByteSource): Image {
  const programs = readProgramHeaders(source);
  const { notes, faults } = readAllNotes(source, programs);
  refuseProcessCore(source, programs, notes);
  const segments: Segment[] = [];
  const missing: PhysicalRange[] = [];
  for (const program of programs) {
    if (program.type === 'load') addLoad(source, program, segments, missing, faults);
  }
  if (segments.length === 0 && missing.length === 0) {
    throw new InputError(
      `${source.path}: ELF core without memory: it has no PT_LOAD segment with a physical address`,
      'Capture it again, for instance with QEMU: dump-guest-memory FILE',
    );
  }
  return new SegmentImage(source, { format: 'ELF vmcore', segments, missing, faults, notes });
}

function addLoad(
  source: ByteSource,
  program: ProgramHeader,
  segments: Segment[],
  missing: PhysicalRange[],
  faults: FaultRecord[],
): void {
  const { paddr, filesz, offset } = program;
  // What is in memory but not in the file (memsz > filesz) was left out by whoever wrote it: a hole, not zeroes.
  if (filesz === 0n || paddr + filesz > PHYS_LIMIT) return;
  const start = Number(paddr);
  const bytes = Number(filesz);
  const there = offset < source.size ? Math.min(bytes, source.size - Number(offset)) : 0;
  if (there > 0) segments.push({ start, bytes: there, offset: Number(offset) });
  if (there === bytes) return;
  missing.push({ start: (start + there) as Phys, end: (start + bytes) as Phys });
  const lost = `${bytes - there} bytes before the segment ${hex(start)}–${hex(start + bytes - 1)} does`;
  faults.push(truncated(source.size, `${source.path}: the file ends ${lost}`));
}

function readAllNotes(source: ByteSource, programs: readonly ProgramHeader[]): NoteRead {
  const notes: Note[] = [];
  const faults: FaultRecord[] = [];
  let room = MAX_NOTE_BYTES;
  for (const { type, offset, filesz } of programs) {
    if (type !== 'note') continue;
    const bytes = filesz < room ? Number(filesz) : room;
    room -= bytes;
    const buffer = offset < source.size ? readUpTo(source, Number(offset), bytes) : Buffer.alloc(0);
    const read = readNotes(buffer, Number(offset), source.path);
    notes.push(...read.notes);
    faults.push(...read.faults);
    if (buffer.length < filesz) {
      faults.push(truncated(Number(offset), `${source.path}: the ELF notes are not all there`));
    }
  }
  return { notes, faults };
}

/** A core of a process has virtual addresses only: all its segments say physical address 0. */
function refuseProcessCore(
  source: ByteSource,
  programs: readonly ProgramHeader[],
  notes: readonly Note[],
): void {
  const loads = programs.filter((program) => program.type === 'load' && program.filesz > 0n);
  const placeless = loads.length > 1 && loads.every((load) => load.paddr === 0n);
  if (!placeless && !isProcessCore(notes)) return;
  throw new InputError(
    `${source.path}: core dump of a process, not of a machine`,
    'Name the memory of the whole guest; gdb reads this file.',
  );
}
