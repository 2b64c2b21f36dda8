import { describe, expect, test } from 'vitest';
import { NULL } from '../../../../src/base/address.js';
import { vdsoBuild } from '../../../../src/parsers/mm/vdso.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const BUILD = '0102030405060708090a0b0c0d0e0f1011121314';
const NOTES_AT = 0x500;
const PT_LOAD = 1;
const PT_NOTE = 4;

interface Made {
  readonly size?: number;
  readonly magic?: string;
  readonly notes?: number;
  readonly noteBytes?: number;
}

function note(name: string, type: number, desc: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(desc.length, 4);
  head.writeUInt32LE(type, 8);
  const padded = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  padded.write(name);
  return Buffer.concat([head, padded, desc]);
}

/** Linux's own note stands before the linker's. */
const NOTES = Buffer.concat([
  note('Linux', 0, Buffer.alloc(4, 6)),
  note('GNU', 3, Buffer.from(BUILD, 'hex')),
]);

function image({ magic = '\x7fELF\x02\x01\x01', notes = PT_NOTE, noteBytes = NOTES.length }: Made): Buffer {
  const file = Buffer.alloc(0x1000);
  file.write(magic, 'latin1');
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(2, 56);
  for (const [index, [type, offset, bytes]] of [
    [PT_LOAD, 0, 0xd65],
    [notes, NOTES_AT, noteBytes],
  ].entries()) {
    const at = 64 + index * 56;
    file.writeUInt32LE(type as number, at);
    file.writeBigUInt64LE(BigInt(offset as number), at + 8);
    file.writeBigUInt64LE(BigInt(bytes as number), at + 32);
  }
  file.set(NOTES, NOTES_AT);
  return file;
}

function made(how: Made = {}) {
  const kernel = new SyntheticKernel();
  kernel.types.struct('vdso_image', { data: 'ptr', size: 'u64' });
  const data = kernel.alloc(0x1000, 4096);
  kernel.bytes(data, image(how));
  const at = kernel.make('vdso_image', { data, size: how.size ?? 0x1000 });
  return { kernel: kernel.kernel(), at, hole: () => kernel.hole(data) };
}

test('the build id behind another note', () => {
  const { kernel, at } = made();
  expect(vdsoBuild(kernel, at)).toBe(BUILD);
  expect(kernel.faults.count).toBe(0);
});

test('none: a process without a vDSO, an image without notes', () => {
  expect(vdsoBuild(made().kernel, NULL)).toBeNull();
  const { kernel, at } = made({ notes: PT_LOAD });
  expect(vdsoBuild(kernel, at)).toBeNull();
  expect(kernel.faults.count).toBe(0);
});

describe('a torn image is one fault, told once', () => {
  test.each<[string, Made]>([
    ['no ELF file', { magic: 'ELF' }],
    ['without end', { size: 2 ** 40 }],
    ['notes beyond its end', { size: NOTES_AT + 8 }],
    ['endless notes', { noteBytes: 2 ** 30 }],
  ])('%s', (_how, how) => {
    const { kernel, at } = made(how);
    expect([vdsoBuild(kernel, at), vdsoBuild(kernel, at)]).toEqual([null, null]);
    expect(kernel.faults.count).toBe(1);
  });

  test('but for one that the capture lacks', () => {
    const { kernel, at, hole } = made();
    hole();
    expect(vdsoBuild(kernel, at)).toBeNull();
    expect(kernel.faults.count).toBe(0);
  });
});
