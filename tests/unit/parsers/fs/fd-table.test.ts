import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readFiles } from '../../../../src/parsers/fs/fd-table.js';
import { descriptorFlags, flagNames } from '../../../../src/parsers/fs/file-flags.js';
import { type FsEra, MadeFs } from './made-fs.js';

const ERAS: readonly FsEra[] = ['5.10', '7.2'];

/** A files_struct whose table has these struct files by descriptor. */
function table(fs: MadeFs, files: Readonly<Record<number, number>>, slots = 64, closing: number[] = []): Kva {
  const array = fs.alloc(slots * 8);
  for (const [fd, file] of Object.entries(files)) fs.poke((array + Number(fd) * 8) as Kva, file);
  const bits = fs.alloc(slots / 8);
  for (const fd of closing) fs.poke((bits + (fd >> 3)) as Kva, 1 << (fd & 7), 1);
  const fdt = fs.make('fdtable', { max_fds: slots, fd: array, close_on_exec: bits });
  return fs.make('files_struct', { fdt });
}

describe.each(ERAS)('readFiles, %s', (era) => {
  test('every member of a description', () => {
    const fs = new MadeFs(era);
    const inode = fs.inode(316, 0o100755);
    fs.set(inode, 'inode.i_size', 5_000_000_000);
    const part = era === '7.2' ? '_' : '.tv_';
    fs.set(inode, `inode.i_mtime${part}sec`, 1_000_000);
    fs.set(inode, `inode.i_mtime${part}nsec`, 999_999_999);
    fs.set(inode, `inode.i_atime${part}sec`, 2_000_000);
    const references = era === '7.2' ? { 'f_ref.refcnt': 1 } : { f_count: 2 };
    const f_op = fs.alloc(64);
    fs.symbol('ext4_file_operations', f_op);
    const values = { f_flags: 0o100002, f_pos: 1336, f_op, ...references };
    const file = fs.file(fs.dentry(fs.rootDentry, 'owinit', inode), inode, values);
    const kernel = fs.kernel();
    const [found] = readFiles(kernel, table(fs, { 10: file }, 64, [10]));
    expect(kernel.faults.records).toEqual([]);
    expect(found).toEqual({
      fd: 10,
      closeOnExec: true,
      file: {
        address: kernel.mem.hex(file),
        path: '/owinit',
        mountId: 1,
        deleted: false,
        type: 'regular',
        mode: 0o755,
        device: (254 << 20) | 3,
        rdev: 0,
        size: 5_000_000_000,
        links: 1,
        times: { mtime: 1_000_000_999_999_999, atime: 2_000_000_000_000_000 },
        fsType: 'ext4',
        inode: 316,
        flags: 0o100002,
        offset: 1336,
        references: 2,
        inodeAddress: kernel.mem.hex(inode),
        operations: 'ext4_file_operations',
      },
    });
  });

  test('an expanded table, and one description behind several descriptors', () => {
    const fs = new MadeFs(era);
    const inode = fs.inode(1);
    const file = fs.file(fs.dentry(fs.rootDentry, 'f', inode), inode);
    const files = table(fs, { 0: file, 63: file, 700: file, 1023: file }, 1024, [700]);
    const found = readFiles(fs.kernel(), files);
    expect(found.map(({ fd }) => fd)).toEqual([0, 63, 700, 1023]);
    expect(found.map(({ closeOnExec }) => closeOnExec)).toEqual([false, false, true, false]);
    expect(new Set(found.map((each) => each.file)).size).toBe(1);
  });
});

describe('readFiles of what is broken', () => {
  test('slots that are no pointers cost themselves', () => {
    const fs = new MadeFs('7.2');
    const inode = fs.inode(1);
    const file = fs.file(fs.dentry(fs.rootDentry, 'f', inode), inode);
    const kernel = fs.kernel();
    const found = readFiles(kernel, table(fs, { 0: 0x1234, 1: file, 2: file + 1 }));
    expect(found.map(({ fd }) => fd)).toEqual([1]);
    expect(kernel.faults.records.map((fault) => fault.path.at(-1))).toEqual(['fd 0', 'fd 2']);
  });

  test('a struct file that cannot be read leaves its descriptor', () => {
    const fs = new MadeFs('7.2');
    const lost = fs.alloc(4096, 4096);
    const files = table(fs, { 3: lost });
    fs.hole(lost);
    const kernel = fs.kernel();
    const [found] = readFiles(kernel, files);
    expect(found).toMatchObject({ fd: 3, file: { path: '?', type: 'unknown', inodeAddress: null } });
    expect(kernel.faults.records[0]?.kind).toBe('hole');
  });

  test('a table of rubble is left', () => {
    const fs = new MadeFs('7.2');
    const rubble = Object.fromEntries(Array.from({ length: 8192 }, (_, fd) => [fd, 0x1234]));
    const kernel = fs.kernel();
    expect(readFiles(kernel, table(fs, rubble, 8192))).toEqual([]);
    expect(kernel.faults.count).toBe(4098);
    expect(kernel.faults.records.at(-1)?.kind).toBe('bound');
  });

  test.each([0xdead_beef, 0x8000_0000, 65])('an impossible size (%i) is one fault', (max_fds) => {
    const fs = new MadeFs('7.2');
    const files = fs.make('files_struct', { fdt: fs.make('fdtable', { max_fds }) });
    const kernel = fs.kernel();
    expect(readFiles(kernel, files)).toEqual([]);
    expect(kernel.faults.records.map((fault) => fault.kind)).toEqual(['corrupt']);
  });
});

describe('flags', () => {
  const file = (flags: number, closeOnExec: boolean) => ({ fd: 0, closeOnExec, file: { flags } as never });

  test("close-on-exec is the descriptor's", () => {
    expect(descriptorFlags(file(0o100002, true)).toString(8)).toBe('2100002');
    expect(descriptorFlags(file(0o100002, false)).toString(8)).toBe('100002');
  });

  test('have names', () => {
    expect(flagNames(0o2102001)).toBe('O_WRONLY|O_APPEND|O_LARGEFILE|O_CLOEXEC');
    expect(flagNames(0o20200002)).toBe('O_RDWR|O_TMPFILE');
    expect(flagNames(0o400_000_000)).toBe('O_RDONLY|0400000000');
  });
});
