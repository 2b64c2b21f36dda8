import { afterAll, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { InputError } from '../../../../src/base/error.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import { elf, note, PAGE, PT_LOAD, PT_NOTE, pages, Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const at = (address: number) => address as Phys;
const open = (contents: Buffer) => openImage(scratch.file(contents));
const load = (paddr: bigint, bytes: Buffer) => ({
  type: PT_LOAD,
  paddr,
  vaddr: 0xffff_8880_0000_0000n,
  bytes,
});
const HIGH = 0x1_4000_0000n;

function firstWord(image: ReturnType<typeof open>, address: number): number | null {
  const word = Buffer.alloc(4);
  return image.read(at(address), word) === 4 ? word.readUInt32LE(0) : null;
}

test('segments lie at p_paddr', () => {
  const image = open(elf([load(0n, pages(0, 2)), load(HIGH, pages(80, 2))]));
  expect(image.format).toBe('ELF vmcore');
  expect(image.ranges).toEqual([
    { start: 0, end: 2 * PAGE },
    { start: Number(HIGH), end: Number(HIGH) + 2 * PAGE },
  ]);
  expect(firstWord(image, PAGE)).toBe(1);
  expect(firstWord(image, Number(HIGH) + PAGE)).toBe(81);
  expect(firstWord(image, 2 * PAGE)).toBeNull();
  expect(image.layouts).toEqual([]);
  expect(image.withLayout({ name: 'x', split: 1, evidence: null })).toBe(image);
});

test('addresses keep all their bits', () => {
  // As a double made of two words in elfy's way this rounds above 2^53; below it must be exact.
  const paddr = 0x000f_ffff_ffff_0000n - BigInt(PAGE);
  const image = open(elf([load(paddr, pages(3, 1))]));
  expect(image.ranges[0]?.start).toBe(Number(paddr));
  expect(BigInt(image.ranges[0]?.start ?? 0)).toBe(paddr);
});

test('notes: names, types, contents, padding and empty ones', () => {
  const desc = Buffer.from('OSRELEASE=6.1.0\nSYMBOL(x)=1\n');
  const notes = Buffer.concat([
    note('CORE', 1, Buffer.alloc(336, 7)),
    Buffer.alloc(12),
    note('VMCOREINFO', 0, desc),
    note('QEMU', 0, Buffer.alloc(3, 9)),
  ]);
  const image = open(elf([{ type: PT_NOTE, bytes: notes }, load(0n, pages(0, 1))]));
  expect(image.notes.map(({ name, type }) => [name, type])).toEqual([
    ['CORE', 1],
    ['VMCOREINFO', 0],
    ['QEMU', 0],
  ]);
  expect(Buffer.from(image.notes[1]!.desc).equals(desc)).toBe(true);
  expect(image.notes[2]!.desc.length).toBe(3);
  expect(image.faults).toEqual([]);
});

test('a note that reaches behind the notes is a fault; the ones before stay', () => {
  const notes = Buffer.concat([note('CORE', 1, Buffer.alloc(8)), note('QEMU', 0, Buffer.alloc(64))]);
  notes.writeUInt32LE(0xffff_fff0, 12 + 8 + 8 + 4);
  const image = open(elf([{ type: PT_NOTE, bytes: notes }, load(0n, pages(0, 1))]));
  expect(image.notes.map(({ name }) => name)).toEqual(['CORE']);
  expect(image.faults).toMatchObject([{ kind: 'truncated' }]);
});

test('overlapping and repeated segments, as /proc/vmcore has them', () => {
  const image = open(
    elf([
      { ...load(0x3000n, pages(3, 2)), vaddr: 0xffff_ffff_8100_0000n },
      load(0x1000n, pages(1, 6)),
      load(0x1000n, pages(1, 6)),
      load(0x6000n, pages(6, 3)),
    ]),
  );
  expect(image.ranges).toEqual([{ start: 0x1000, end: 0x9000 }]);
  const all = Buffer.alloc(8 * PAGE);
  expect(image.read(at(0x1000), all)).toBe(all.length);
  expect(all.equals(pages(1, 8))).toBe(true);
});

test('what is in memory but not in the file is a hole', () => {
  const image = open(elf([{ ...load(0n, pages(0, 1)), memsz: 4 * PAGE }, load(0x8000n, pages(8, 1))]));
  expect(image.ranges[0]).toEqual({ start: 0, end: PAGE });
  expect(image.absence(at(2 * PAGE))).toBe('hole');
});

test('segments without a physical address (/proc/kcore) are left out', () => {
  const image = open(elf([load(2n ** 64n - 1n, pages(0, 1)), load(0x2000n, pages(2, 1))]));
  expect(image.ranges).toEqual([{ start: 0x2000, end: 0x3000 }]);
});

test('a segment that passes the end of the file is cut there', () => {
  const whole = elf([load(0n, pages(0, 2)), load(HIGH, pages(80, 4))]);
  const image = open(whole.subarray(0, whole.length - PAGE - 8));
  expect(firstWord(image, Number(HIGH) + PAGE)).toBe(81);
  expect(image.absence(at(Number(HIGH) + 3 * PAGE))).toBe('truncated');
  expect(image.absence(at(Number(HIGH) + 4 * PAGE))).toBe('hole');
  expect(image.faults).toMatchObject([
    { kind: 'truncated', detail: expect.stringContaining('4104 bytes before') },
  ]);
});

test('a segment all behind the end of the file is missing, not absent', () => {
  const image = open(elf([load(0n, pages(0, 1)), { ...load(HIGH, pages(1, 1)), offset: 2n ** 60n }]));
  expect(firstWord(image, Number(HIGH))).toBeNull();
  expect(image.absence(at(Number(HIGH)))).toBe('truncated');
});

test('more than 65534 segments: their number is in the first section header', () => {
  const image = open(elf([load(0n, pages(0, 1)), load(0x2000n, pages(2, 1))], { xnum: true }));
  expect(image.ranges).toHaveLength(2);
});

test('QEMU’s mark of a guest that was reset is no other architecture', () => {
  expect(open(elf([load(0n, pages(0, 1))], { machine: 3 })).format).toBe('ELF vmcore');
});

test.each([
  [{ machine: 183 }, /another architecture \(AArch64\)/],
  [{ data: 2 }, /big-endian/],
  [{ class: 1 }, /32-bit/],
  [{ class: 9 }, /damaged ELF header/],
  [{ type: 2 }, /no core: exec/],
])('refused: %j', (options, message) => {
  const contents = elf([load(0n, pages(0, 1))], options);
  expect(() => open(contents)).toThrow(InputError);
  expect(() => open(contents)).toThrow(message);
});

test('cut in the header, in the program headers, or without memory', () => {
  const whole = elf([load(0n, pages(0, 1)), load(0x2000n, pages(0, 1))]);
  expect(() => open(whole.subarray(0, 40))).toThrow(/ends inside its header/);
  expect(() => open(whole.subarray(0, 100))).toThrow(/before its program headers/);
  expect(() => open(elf([{ type: PT_NOTE, bytes: note('CORE', 1, Buffer.alloc(8)) }]))).toThrow(
    /without memory/,
  );
  expect(() => open(elf([]))).toThrow(/0 program headers/);
});

test('a process’s core is told from a machine’s', () => {
  const user = { type: PT_LOAD, vaddr: 0x5555_0000_0000n, bytes: pages(0, 1) };
  expect(() => open(elf([user, user]))).toThrow(/core dump of a process/);
  const auxv = { type: PT_NOTE, bytes: note('CORE', 6, Buffer.alloc(16)) };
  expect(() => open(elf([auxv, user]))).toThrow(/core dump of a process/);
});
