// What a crash kernel finds of the death that the sample plan is for, and of another, as files for the validator's program: an
// ELF core header with its notes, and pages of memory.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PAGE = 4096;
const PT_LOAD = 1;
const PT_NOTE = 4;

const folder = mkdtempSync(join(tmpdir(), 'ow-death-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

function kept(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export interface Segment {
  readonly type: number;
  /** Physical; of notes the offset too. */
  readonly start: number;
  readonly bytes: number;
}

/** A program header of an ELF core file (elf(5)), as kexec makes them: offset and physical address are the same. */
function programHeader({ type, start, bytes }: Segment): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(type, 0);
  for (const at of [8, 24]) header.writeBigUInt64LE(BigInt(start), at);
  for (const at of [32, 40]) header.writeBigUInt64LE(BigInt(bytes), at);
  return header;
}

export function coreHeader(segments: readonly Segment[]): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(4, 16); // ET_CORE
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(segments.length, 56);
  return Buffer.concat([header, ...segments.map(programHeader)]);
}

export function note(name: string, contents: string): Buffer {
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(name.length + 1, 0);
  sizes.writeUInt32LE(contents.length, 4);
  const padded = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  padded.write(name);
  return Buffer.concat([sizes, padded, Buffer.from(contents)]);
}

const BUILD_ID = Buffer.concat([Buffer.from('build'), Buffer.alloc(15)]).toString('hex');
export const VMCOREINFO = `OSRELEASE=6.1.0-50-cloud-amd64
BUILD-ID=${BUILD_ID}
PAGESIZE=4096
SYMBOL(init_uts_ns)=ffffffff9201a940
KERNELOFFSET=10000000
CRASHTIME=1782000000
`;

const CPU_NOTE_AT = 0x800;
const VMCOREINFO_AT = 0x1000;

/** Memory whose start is the core header of the sample plan's machine; `text`: of its VMCOREINFO. */
export function coreMemory(text: string, more: readonly Segment[] = []): Buffer {
  const notes = note('VMCOREINFO', text);
  const segments = [
    { type: PT_NOTE, start: CPU_NOTE_AT, bytes: 356 },
    { type: PT_NOTE, start: VMCOREINFO_AT, bytes: notes.length + 8 },
    // The kernel's text, which lies within the second.
    { type: PT_LOAD, start: 0x1000_0000, bytes: 0x200_0000 },
    { type: PT_LOAD, start: 0x1000, bytes: 0x9f000 },
    { type: PT_LOAD, start: 0x10_0000, bytes: 0x1ff0_0000 },
    { type: PT_LOAD, start: 0x2800_0000, bytes: 0x1800_0000 },
    ...more,
  ];
  const memory = Buffer.alloc(VMCOREINFO_AT + notes.length + 8);
  memory.set(coreHeader(segments), 0);
  memory.set(note('CORE', 'registers'), CPU_NOTE_AT);
  memory.set(notes, VMCOREINFO_AT);
  return memory;
}

/** Pages as the program takes them: address, contents. */
export function oldPages(pages: readonly { readonly address: number; readonly bytes: Uint8Array }[]): Buffer {
  return Buffer.concat(
    pages.flatMap(({ address, bytes }) => {
      const at = Buffer.alloc(8);
      at.writeBigUInt64LE(BigInt(address));
      return [at, bytes];
    }),
  );
}

export const digestOf = (pages: Buffer): Uint8Array =>
  new Uint8Array(createHash('sha256').update(pages).digest());

const page = (address: number, text: string) => ({ address, bytes: Buffer.alloc(PAGE, text) });

/** The identity pages of the sample plan, at its death and at another. */
export const OWN_PAGES = oldPages([page(0x100_0000, 'Linux version'), page(0x100_2000, 'time 61')]);
const OTHER_PAGES = oldPages([page(0x100_0000, 'Linux version'), page(0x100_2000, 'time 62')]);

export const DEATHS = {
  core: kept('core', coreMemory(VMCOREINFO)),
  own: kept('own', OWN_PAGES),
  other: kept('other', OTHER_PAGES),
};
export const keptFile = kept;
