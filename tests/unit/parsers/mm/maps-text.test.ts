import { expect, test } from 'vitest';
import { mapsText } from '../../../../src/parsers/mm/maps-text.js';
import type { Vma } from '../../../../src/snapshot/mm.js';
import { vma } from './made-mm.js';

const line = (start: number, pages: number, values: Partial<Vma>) => mapsText([vma(start, pages, values)]);

test('a file: the name begins in column 74', () => {
  expect(
    line(0x5563_a8c5_0000, 4, {
      perms: 'r--p',
      offset: 0x4000,
      devMajor: 254,
      inode: 373,
      name: '/usr/bin/dash',
    }),
  ).toBe('5563a8c50000-5563a8c54000 r--p 00004000 fe:00 373                        /usr/bin/dash\n');
});

test('no name: one blank behind the inode', () => {
  expect(line(0x7f00_0000_0000, 1, {})).toBe('7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n');
});

test('low addresses have eight digits, large offsets more', () => {
  expect(
    line(0x1_0000, 1, { offset: 0x12_3456_7890_00, devMajor: 8, devMinor: 257, inode: 9, name: 'x' }),
  ).toBe(`${'00010000-00011000 rw-p 123456789000 08:101 9 '.padEnd(73)}x\n`);
});

test('what is longer than the column is followed by one blank more', () => {
  const text = line(0x12_3456_7890_0000, 2 ** 20, {
    offset: 2 ** 44,
    devMajor: 4095,
    devMinor: 1048575,
    inode: 2 ** 52,
    name: '/x',
  });
  expect(text).toBe('12345678900000-12345778900000 rw-p 100000000000 fff:fffff 4503599627370496  /x\n');
});

test('a newline in a name is escaped, nothing else is', () => {
  expect(line(0x1000, 1, { name: '/tmp/a b\\\n#é (deleted)' }).slice(73)).toBe(
    '/tmp/a b\\\\012#é (deleted)\n',
  );
});

test('the vsyscall page', () => {
  expect(
    line(0, 0, {
      start: 0xffff_ffff_ff60_0000,
      end: 0xffff_ffff_ff60_1000,
      perms: '--xp',
      name: '[vsyscall]',
    }),
  ).toBe('ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n');
});
