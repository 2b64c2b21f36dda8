// What otherworld-arm computes (kernel/arm/), by the program of kernel/tests/arm_test.c: on texts of real machines, and on
// images that are made here by the letter of the boot protocol and of struct boot_params.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelDir } from '../../src/lab/kernel-sources.js';
import { unpackedKernel } from '../../src/lab/vmlinux.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ow-arm-'));
  const tests = join(kernelDir(), 'tests');
  execFileSync('make', ['-s', '-C', tests, '-f', 'arm.mk', `O=${dir}`], { stdio: 'pipe' });
}, 300_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const arm = (...args: string[]) => spawnSync(join(dir, 'arm-test'), args, { encoding: 'utf8' });
const said = (...args: string[]) => arm(...args).stdout.trimEnd();
function file(name: string, bytes: Buffer | string): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

describe('the reservation', () => {
  test('is where /proc/iomem has it, one or two', () => {
    const small = `00100000-3ffd6fff : System RAM
  24000000-33ffffff : Crash kernel
  39600000-3a401ef1 : Kernel code
`;
    expect(said('reservations', file('iomem', small))).toBe('0x24000000-0x34000000');
    const large = `00100000-bffd9fff : System RAM
  af000000-beffffff : Crash kernel
100000000-103fffffff : System RAM
  1027000000-1036ffffff : Crash kernel
`;
    const found = said('reservations', file('iomem', large));
    expect(found).toBe('0xaf000000-0xbf000000\n0x1027000000-0x1037000000');
  });

  test('is not seen where there is none, nor by who is not root', () => {
    expect(said('reservations', file('iomem', '00100000-3ffd6fff : System RAM\n'))).toBe('');
    expect(said('reservations', file('iomem', '  00000000-00000000 : Crash kernel\n'))).toBe('');
  });
});

describe('places in it', () => {
  test('are the lowest that are free, aligned, and never two for one', () => {
    const kept = ['keep=0x24000000-0x24001000', 'keep=0x24003000-0x24006000', 'keep=0x24500000-0x24501000'];
    const wanted = ['0x200000:0x400000', '0x1000:0x2000', '0x1000:0x1000', '0x1000:0x1000'];
    expect(said('place', '0x24000000', '0x34000000', ...kept, ...wanted).split('\n')).toEqual([
      ...['kept', 'kept', 'kept', '0x24600000', '0x24001000', '0x24006000', '0x24007000'],
    ]);
  });

  test('are refused outside, on others, and where there is no room', () => {
    const end = said(
      'place',
      '0x1000',
      '0x5000',
      'keep=0x0-0x2000',
      'keep=0x4000-0x6000',
      'keep=0x2000-0x3000',
    );
    expect(end.split('\n')).toEqual(['not kept', 'not kept', 'kept']);
    expect(said('place', '0x1000', '0x5000', 'keep=0x2000-0x3000', '0x1000:0x3000')).toBe('kept\nno room');
    expect(said('place', '0x1000', '0x5000', '0x1000:0xffffffffffffffff')).toBe('no room');
  });
});

/** An x86-64 executable with two parts: code at 16 MiB, data 4 MiB on with as much again behind it. */
function kernelElf(): Buffer {
  const elf = Buffer.alloc(0x3000);
  elf.write('7f454c46020101', 'hex');
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(62, 18); // EM_X86_64
  elf.writeBigUInt64LE(0x1000123n, 24);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(2, 56);
  const part = (at: number, offset: number, address: bigint, size: bigint, span: bigint) => {
    elf.writeUInt32LE(1, at);
    elf.writeBigUInt64LE(BigInt(offset), at + 8);
    elf.writeBigUInt64LE(address + 0xffffffff80000000n, at + 16);
    elf.writeBigUInt64LE(address, at + 24);
    elf.writeBigUInt64LE(size, at + 32);
    elf.writeBigUInt64LE(span, at + 40);
  };
  part(64, 0x1000, 0x1000000n, 0x800n, 0x800n);
  part(120, 0x2000, 0x1400000n, 0x1000n, 0x2000n);
  elf.fill('code', 0x1000, 0x1800);
  elf.fill('data', 0x2000, 0x3000);
  return elf;
}

/** As arch/x86/boot/header.S lays it out; gzip has the size of what is packed at its own end. */
function bzImage(packed: Buffer, version = 0x20f): Buffer {
  const image = Buffer.alloc(3 * 512 + 0x40 + packed.length);
  image[0x1f1] = 2;
  image.write('HdrS', 0x202);
  image.writeUInt16LE(version, 0x206);
  image.writeUInt32LE(0x40, 0x248);
  image.writeUInt32LE(packed.length, 0x24c);
  packed.copy(image, 3 * 512 + 0x40);
  return image;
}

describe('the kernel', () => {
  const elf = kernelElf();
  const sized = Buffer.alloc(4);
  sized.writeUInt32LE(elf.length);

  test('is found in its image, and with it who unpacks it', () => {
    const gzip = bzImage(gzipSync(elf));
    expect(said('payload', file('bzImage', gzip), join(dir, 'packed'))).toBe(`gzip ${elf.length}`);
    const unpacked = execFileSync('gzip', ['-dc'], { input: readFileSync(join(dir, 'packed')) });
    expect(unpacked.equals(elf)).toBe(true);
    expect(unpackedKernel(gzip)?.equals(elf)).toBe(true);
    const xz = bzImage(Buffer.concat([execFileSync('xz', ['--check=crc32', '-c'], { input: elf }), sized]));
    expect(said('payload', file('bzImage', xz), join(dir, 'packed'))).toBe(`xz ${elf.length}`);
    expect(execFileSync('xz', ['-dc'], { input: readFileSync(join(dir, 'packed')) }).equals(elf)).toBe(true);
    expect(unpackedKernel(xz)?.equals(elf)).toBe(true);
  });

  test('is not made up where there is none', () => {
    const cut = bzImage(gzipSync(elf)).subarray(0, 1700);
    for (const [image, why] of [
      [Buffer.alloc(4096), 'it is no bzImage'],
      [bzImage(gzipSync(elf), 0x207), 'its boot protocol does not tell what is packed in it'],
      [cut, 'what is packed in it is not all there'],
      [bzImage(Buffer.alloc(100, 'x')), 'it is packed in a way that is not known here'],
    ] as const) {
      expect(said('payload', file('bzImage', image), join(dir, 'packed'))).toBe(`cannot: ${why}`);
    }
    expect(unpackedKernel(Buffer.alloc(4096))).toBeNull();
    expect(unpackedKernel(bzImage(Buffer.from('1f8b080000', 'hex')))).toBeNull();
  });

  test('lies in memory as it was linked', () => {
    expect(said('flatten', file('vmlinux', elf), join(dir, 'flat'))).toBe('span 0x402000 entry 0x123');
    const flat = readFileSync(join(dir, 'flat'));
    expect(flat.toString('latin1', 0x7fc, 0x804)).toBe('code\0\0\0\0');
    expect(flat.toString('latin1', 0x400000, 0x400004)).toBe('data');
    expect(flat.subarray(0x401000).every((byte) => byte === 0)).toBe(true);
  });

  test('is refused where it claims what cannot be', () => {
    const bent = (change: (copy: Buffer) => void) => {
      const copy = Buffer.from(elf);
      change(copy);
      return said('flatten', file('vmlinux', copy), join(dir, 'flat'));
    };
    expect(bent((copy) => copy.fill(0, 0, 4))).toBe('cannot: what was packed in it is no ELF file');
    expect(bent((copy) => copy.writeUInt16LE(3, 18))).toMatch(/no kernel for x86-64/);
    expect(bent((copy) => copy.writeBigUInt64LE(0x2fffn, 32))).toMatch(/no kernel for x86-64/);
    expect(bent((copy) => copy.writeBigUInt64LE(0x2000000n, 24))).toMatch(/its parts or its entry/);
    expect(bent((copy) => copy.writeBigUInt64LE(1n << 40n, 120 + 24))).toMatch(/its parts or its entry/);
    expect(bent((copy) => copy.writeBigUInt64LE(0xffffffffffffff00n, 120 + 24))).toMatch(/lie nowhere/);
  });
});

describe("what the kernel's own loader made", () => {
  const BASE = 0x24000000;
  const LINE = 'nr_cpus=1 ow.resurrect=1';
  const PARAMS = 0x1000;

  /** A core header in the first page, then boot_params with its line, as arch/x86/kernel/kexec-bzimage64.c has them. */
  function reservation(change: (ram: Buffer) => void = () => {}): string {
    const ram = Buffer.alloc(0x100000);
    ram.write('7f454c46020101', 'hex');
    ram.writeUInt16LE(4, 16); // ET_CORE
    ram.writeBigUInt64LE(64n, 32);
    ram.writeUInt16LE(5, 56);
    const params = ram.subarray(PARAMS);
    params.write('HdrS', 0x202);
    params.writeUInt32LE(123_456, 0x21c);
    params.writeUInt32LE(BASE + PARAMS + 0x1000, 0x228);
    params.write(`elfcorehdr=0x${BASE.toString(16)} ${LINE}`, 0x1000);
    const entries = [
      [0x1000n, 0x9ec00n, 1],
      [0x3ffd7000n, 0x29000n, 2],
      [BigInt(BASE) + 0x1000n, 0xff000n, 1],
    ] as const;
    params[0x1e8] = entries.length;
    entries.forEach(([start, size, type], n) => {
      params.writeBigUInt64LE(start, 0x2d0 + n * 20);
      params.writeBigUInt64LE(size, 0x2d8 + n * 20);
      params.writeUInt32LE(type, 0x2e0 + n * 20);
    });
    change(ram);
    return file('ram', ram);
  }
  const made = (ram: string, line = LINE, bytes = 123_456) =>
    said('made', ram, String(BASE), line, String(bytes));

  test('is found with all that hangs on it', () => {
    expect(made(reservation())).toBe('params 0x24001000-0x24003000 core 0x24000000-0x24001000');
    const more = reservation((ram) => {
      ram.writeBigUInt64LE(BigInt(BASE + 0x2900), PARAMS + 0x250);
      ram.writeBigUInt64LE(BigInt(BASE + 0x3000), 0x2900);
      ram.writeUInt32LE(0x20, 0x2900 + 12);
      ram.writeUInt32LE(0x1001, 0x3000 + 12);
    });
    expect(made(more)).toBe('params 0x24001000-0x24005000 core 0x24000000-0x24001000');
  });

  test("is not another's: an older one with another line or another initramfs is passed over", () => {
    const none = "cannot: what the kernel's own loader made is not in the reservation";
    expect(made(reservation(), 'ow.wait=3')).toBe(none);
    expect(made(reservation(), LINE, 1)).toBe(none);
    const older = reservation((ram) => {
      ram.copy(ram, 0x10000, PARAMS, PARAMS + 0x2000);
      ram.writeUInt32LE(BASE + 0x11000, 0x10228);
      ram.writeUInt32LE(99, PARAMS + 0x21c);
    });
    expect(made(older)).toBe('params 0x24010000-0x24012000 core 0x24000000-0x24001000');
  });

  test('is not believed where it leads elsewhere', () => {
    const loop = (ram: Buffer) => {
      ram.writeBigUInt64LE(BigInt(BASE + 0x2900), PARAMS + 0x250);
      ram.writeBigUInt64LE(BigInt(BASE + 0x2900), 0x2900);
    };
    const far = (ram: Buffer) => ram.writeBigUInt64LE(0x1000n, PARAMS + 0x250);
    const long = (ram: Buffer) => {
      ram.writeBigUInt64LE(BigInt(BASE + 0x2900), PARAMS + 0x250);
      ram.writeUInt32LE(0xffffffff, 0x2900 + 12);
    };
    for (const change of [loop, far, long])
      expect(made(reservation(change))).toBe('cannot: what hangs on boot_params does not lie with it');
    const all = (ram: Buffer) => ram.writeBigUInt64LE(BigInt(BASE), PARAMS + 0x2d0 + 40);
    expect(made(reservation(all))).toBe('cannot: the memory map does not leave out the core header');
    const noCore = (ram: Buffer) => ram.fill(0, 0, 4);
    expect(made(reservation(noCore))).toBe('cannot: there is no core header at 0x24000000');
    const endless = (ram: Buffer) => ram.writeUInt16LE(0xffff, 56);
    expect(made(reservation(endless))).toBe('cannot: there is no core header at 0x24000000');
  });
});

describe.skipIf(process.arch !== 'x64')('the trampoline', () => {
  const parts = () => [file('part1', Buffer.alloc(80_000, 'kernel')), file('part2', Buffer.alloc(4096, 1))];

  test('enters a kernel that is what it was', () => {
    expect(arm('trampoline', ...parts())).toMatchObject({ status: 0, stdout: 'entered\n' });
  });

  test('enters none of which one bit has changed', () => {
    for (const bit of [0, 63, 64, 4095 * 8 + 7])
      expect(arm('trampoline', ...parts(), `flip=${bit}`)).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
    const [first = ''] = parts();
    expect(arm('trampoline', first, 'flip=320000')).toMatchObject({ signal: 'SIGSEGV', stdout: '' });
  });
});
