// Files that are no dump, or half of one: refused with what they are and what to do, or read as far as they go.
import { createCipheriv } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, OwError, SystemError } from '../../src/base/error.js';
import { type Dump, openDump } from '../../src/parsers/dump.js';
import { openImage } from '../../src/parsers/image/open.js';
import { readEverything } from '../../src/parsers/read-everything.js';
import { Scratch } from '../unit/helpers/image-files.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { FIXTURES, fixturePath } from './fixtures.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

function refusal(path: string): OwError {
  try {
    openDump(path, { noCache: true }).close();
  } catch (error) {
    expect(error).toBeInstanceOf(OwError);
    return error as OwError;
  }
  throw new Error(`${path} was opened`);
}

describe('no dump', () => {
  const text = 'Linux version 6.1.0 is mentioned in this text, which is no memory.\n'.repeat(4000);
  const windows = Buffer.concat([Buffer.from('MZ\x90\0'), Buffer.alloc(1 << 20, 0x55)]);
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /empty/],
    ['one byte', Buffer.from('x'), /text|bytes/],
    ['less than a page', Buffer.alloc(4000, 7), /4000 bytes/],
    ['a text', Buffer.from(text), /text file/],
    ['a script', Buffer.from(`#!/bin/sh\n${'echo hello\n'.repeat(500)}`), /text file/],
    ['a Windows program', windows, /PE executable/],
    ['a Windows crash dump', Buffer.concat([Buffer.from('PAGEDU64'), Buffer.alloc(1 << 16)]), /Windows/],
    ['zeroes', Buffer.alloc(8 << 20), /no Linux kernel|zero/],
    ['ones', Buffer.alloc(8 << 20, 0xff), /no Linux kernel/],
    ['a banner and nothing else', banner(8 << 20), /no Linux kernel/],
    [
      'an ELF header and nothing else',
      Buffer.from('\x7fELF\x02\x01\x01'.padEnd(8192, '\0'), 'latin1'),
      /ELF/,
    ],
    ['a LiME header and nothing else', Buffer.from('EMiL\x01\0\0\0'.padEnd(32, '\0')), /LiME|range|no Linux/],
    ['an LZ4 header and nothing else', Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x64, 0x40]), /LZ4|bytes/],
  ];

  test.each(cases)('%s', (_what, bytes, message) => {
    const path = scratch.file(bytes);
    const error = refusal(path);
    expect([error.exitCode, error.message]).toEqual([3, expect.stringMatching(message)]);
    expect(error.message).toContain(path);
    expect(error.hint ?? '').not.toBe('');
  });

  test('64 MiB of noise', () => {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
    const error = refusal(scratch.file(cipher.update(Buffer.alloc(64 << 20))));
    expect([error.exitCode, error.message]).toEqual([3, expect.stringContaining('no Linux kernel')]);
  });

  test('a directory', () => expect(refusal(scratch.dir)).toBeInstanceOf(InputError));

  test('no such file', () => {
    const error = refusal(join(scratch.dir, 'missing'));
    expect([error.exitCode, error.message]).toEqual([4, expect.stringContaining('no such file')]);
  });

  test.skipIf(process.getuid?.() === 0)('no permission', () => {
    const path = scratch.file(Buffer.alloc(1 << 16));
    chmodSync(path, 0);
    const error = refusal(path);
    expect(error).toBeInstanceOf(SystemError);
    expect(error.message).toContain('permission');
  });

  test.runIf(process.platform === 'linux')('a device without end', () => {
    expect([3, 4]).toContain(refusal('/dev/zero').exitCode);
  });

  test('symbol files that are none', () => {
    const nonsense = scratch.file(Buffer.from('nonsense\n'));
    for (const option of ['systemMap', 'vmlinux', 'btf'] as const) {
      const open = () => openDump(fixturePath(FIXTURES[0] as string), { noCache: true, [option]: nonsense });
      expect(() => readEverything(open()), option).toThrow(OwError);
    }
  });
});

function banner(bytes: number): Buffer {
  const memory = Buffer.alloc(bytes);
  memory.write('Linux version 6.1.0-1-amd64 (nobody@nowhere) #1 SMP\n', 2 << 20, 'latin1');
  return memory;
}

describe('a dump cut short', () => {
  /** Each cuts off more of the same file. */
  const SHARES = [0.98, 0.9, 0.7, 0.5, 0.3, 0.05];
  let dumps: Record<string, string>;
  let sizes: Record<string, number>;
  beforeAll(() => {
    const whole = fixturePath(FIXTURES[0] as string);
    const place = (name: string) => join(scratch.dir, name);
    dumps = { 'LiME in LZ4': place('lime.lz4'), raw: place('raw'), ELF: place('elf') };
    copyFileSync(whole, dumps['LiME in LZ4'] as string);
    asRaw(whole, dumps['raw'] as string);
    asElf(whole, dumps['ELF'] as string);
    sizes = Object.fromEntries(Object.entries(dumps).map(([name, path]) => [name, statSync(path).size]));
  });

  test.each(['LiME in LZ4', 'raw', 'ELF'])('%s, whole', (container) => {
    const dump = openDump(dumps[container] as string, { noCache: true });
    expect(dump.tasks.length).toBeGreaterThan(100);
    readEverything(dump);
    // A flat file has zeroes where the fixture has holes; nothing is read there.
    expect(dump.kernel.faults.records).toEqual([]);
    dump.close();
  });

  describe.each(['LiME in LZ4', 'raw', 'ELF'])('%s', (container) => {
    test.each(SHARES)('after %d of it', async (share) => {
      const path = dumps[container] as string;
      truncateSync(path, Math.floor((sizes[container] as number) * share));
      const cacheDirectory = join(scratch.dir, 'cache');
      mkdirSync(cacheDirectory, { recursive: true });
      let dump: Dump;
      try {
        dump = openDump(path, { cacheDirectory });
      } catch (error) {
        expect((error as OwError).exitCode, String(error)).toBe(3);
        return;
      }
      for (const section of ['overview', 'ps -T', 'maps --all --files', 'pages --all', 'dmesg']) {
        expect([0, 1, 3, 5]).toContain((await runCli(dump, section.split(' '))).code);
      }
      const { code, stdout } = await runCli(dump, ['faults', '--json']);
      // Types that were cut in two end it.
      if (code === 3) return;
      expect(code).toBe(5);
      const kinds = JSON.parse(stdout).data.records.map(({ kind }: { kind: string }) => kind);
      // What is missing is called missing; what was a hole in the fixture already may be met behind it.
      expect(
        kinds.some((kind: string) => ['truncated', 'corrupt', 'hole'].includes(kind)),
        kinds.slice(0, 5),
      ).toBe(true);
      dump.close();
    });
  });
});

/** The same memory as a flat, sparse file. */
function asRaw(from: string, to: string): void {
  const image = openImage(from);
  const file = openSync(to, 'w');
  const buffer = Buffer.alloc(1 << 20);
  for (const { start, end } of image.ranges) {
    for (let at: number = start; at < end; at += buffer.length) {
      const length = image.read(at as typeof start, buffer.subarray(0, Math.min(buffer.length, end - at)));
      writeSync(file, buffer, 0, length, at);
    }
  }
  ftruncateSync(file, 1 << 30);
  closeSync(file);
  image.close();
}

/** The same memory as an ELF vmcore with a PT_LOAD for each range. */
function asElf(from: string, to: string): void {
  const image = openImage(from);
  const { ranges } = image;
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(4, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(ranges.length, 56);
  let offset = 64 + 56 * ranges.length;
  const parts: Buffer[] = [header];
  const contents: Buffer[] = [];
  for (const { start, end } of ranges) {
    const program = Buffer.alloc(56);
    program.writeUInt32LE(1, 0);
    program.writeBigUInt64LE(BigInt(offset), 8);
    program.writeBigUInt64LE(BigInt(start), 24);
    program.writeBigUInt64LE(BigInt(end - start), 32);
    program.writeBigUInt64LE(BigInt(end - start), 40);
    parts.push(program);
    const bytes = Buffer.alloc(end - start);
    image.read(start, bytes);
    contents.push(bytes);
    offset += bytes.length;
  }
  writeFileSync(to, Buffer.concat([...parts, ...contents]));
  image.close();
}
