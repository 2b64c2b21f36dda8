// The processors' notes of an ELF dump, as bench/vmcore takes them over: those and no others, and an error without.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { processorNotes } from '../../../bench/vmcore/processor-notes.js';

const NT_PRSTATUS = 1;
const room = mkdtempSync(join(tmpdir(), 'otherworld-notes-'));
afterAll(() => rmSync(room, { recursive: true }));

function note(name: string, type: number, description: Buffer): Buffer {
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(name.length + 1, 0);
  header.writeUInt32LE(description.length, 4);
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, padded(Buffer.from(`${name}\0`)), padded(description)]);
}

/** An ELF core with one PT_NOTE segment. */
function elfWith(name: string, ...notes: Buffer[]): string {
  const body = Buffer.concat(notes);
  const bytes = Buffer.alloc(64 + 56);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(4, 64);
  bytes.writeBigUInt64LE(120n, 64 + 8);
  bytes.writeBigUInt64LE(BigInt(body.length), 64 + 32);
  const path = join(room, name);
  writeFileSync(path, Buffer.concat([bytes, body]));
  return path;
}

test('are taken over in their order, whole', () => {
  const first = note('CORE', NT_PRSTATUS, Buffer.alloc(336, 1));
  const second = note('CORE', NT_PRSTATUS, Buffer.alloc(337, 2));
  const other = [note('QEMU', 0, Buffer.alloc(440, 3)), note('VMCOREINFO', 0, Buffer.from('A=1\n'))];
  const path = elfWith('two.elf', other[0]!, first, other[1]!, second);
  expect(processorNotes(path).equals(Buffer.concat([first, second]))).toBe(true);
});

test('are missed where there are none', () => {
  const path = elfWith(
    'none.elf',
    note('VMCOREINFO', 0, Buffer.from('A=1\n')),
    note('QEMU', NT_PRSTATUS, Buffer.alloc(8)),
  );
  expect(() => processorNotes(path)).toThrow('no NT_PRSTATUS notes');
});
