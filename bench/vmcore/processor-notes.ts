// The registers of each processor, as QEMU's dump-guest-memory writes them into an ELF file: NT_PRSTATUS notes, one for
// each in their order. A raw dump has none; drgn needs them to unwind the tasks that were on a processor.

import { closeSync, openSync } from 'node:fs';
import { BenchError } from '../error.js';
import { noteSegments } from '../peers/build-id.js';

const NT_PRSTATUS = 1;
const HEADER_BYTES = 12;

/** The notes as they stand in the file, ready for another one. */
export function processorNotes(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const found = [...noteSegments(fd)].flatMap((segment) => [...prstatusNotes(segment)]);
    if (found.length > 0) return Buffer.concat(found);
    throw new BenchError(
      `${path}: no NT_PRSTATUS notes.`,
      'Name an ELF file: ow lab capture --elf leaves one.',
    );
  } finally {
    closeSync(fd);
  }
}

function* prstatusNotes(notes: Buffer): Generator<Buffer> {
  for (let at = 0; at + HEADER_BYTES <= notes.length; ) {
    const bytes = HEADER_BYTES + align(notes.readUInt32LE(at)) + align(notes.readUInt32LE(at + 4));
    const name = notes.toString('latin1', at + HEADER_BYTES, at + HEADER_BYTES + 5);
    if (notes.readUInt32LE(at + 8) === NT_PRSTATUS && name === 'CORE\0') yield notes.subarray(at, at + bytes);
    at += bytes;
  }
}

function align(size: number): number {
  return (size + 3) & ~3;
}
