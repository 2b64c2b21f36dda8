// The GNU build id of an ELF file, from its PT_NOTE segments. What makes debuginfo the right one for a dump.

import { closeSync, openSync, readSync } from 'node:fs';

const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;

export function readBuildId(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    for (const segment of noteSegments(fd)) {
      const id = buildIdIn(segment);
      if (id !== undefined) return id;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** The contents of each PT_NOTE segment of an ELF file. */
export function* noteSegments(fd: number): Generator<Buffer> {
  const header = read(fd, 0, 64);
  if (header.toString('latin1', 0, 4) !== '\x7fELF') return;
  const offset = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  for (let i = 0; i < header.readUInt16LE(56); i++) {
    const program = read(fd, offset + i * size, size);
    if (program.readUInt32LE(0) !== PT_NOTE) continue;
    yield read(fd, Number(program.readBigUInt64LE(8)), Number(program.readBigUInt64LE(32)));
  }
}

function buildIdIn(notes: Buffer): string | undefined {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = notes.readUInt32LE(at);
    const size = notes.readUInt32LE(at + 4);
    const description = at + 12 + align(nameSize);
    const name = notes.toString('latin1', at + 12, at + 12 + nameSize);
    if (notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID && name === 'GNU\0') {
      return notes.toString('hex', description, description + size);
    }
    at = description + align(size);
  }
  return undefined;
}

function align(size: number): number {
  return (size + 3) & ~3;
}

function read(fd: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  readSync(fd, bytes, 0, size, offset);
  return bytes;
}
