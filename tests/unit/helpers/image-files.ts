// Builds small image files of each container, byte by byte and apart from the code under test.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLz4 } from '../../../src/parsers/image/lazy.js';

export const PAGE = 4096;

/** A directory for the files of one test file. */
export class Scratch {
  readonly dir = mkdtempSync(join(tmpdir(), 'ow-image-'));
  private count = 0;

  file(contents: Uint8Array): string {
    const path = join(this.dir, `image-${this.count++}`);
    writeFileSync(path, contents);
    return path;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Pages that differ from each other and hold no magic: page n starts with n and goes on with bytes made of it. */
export function pages(first: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * PAGE);
  for (let page = 0; page < count; page++) {
    const base = page * PAGE;
    bytes.fill(0x80 | ((first + page) % 101), base, base + PAGE);
    bytes.writeUInt32LE(first + page, base);
    bytes.writeUInt32LE(0xffff_0000 + first + page, base + PAGE - 4);
  }
  return bytes;
}

export interface LimeRange {
  readonly start: number;
  readonly bytes: Buffer;
  readonly version?: number;
}

export function lime(ranges: readonly LimeRange[]): Buffer {
  return Buffer.concat(
    ranges.flatMap(({ start, bytes, version }) => {
      const header = Buffer.alloc(32);
      header.write('EMiL', 0, 'latin1');
      header.writeUInt32LE(version ?? 1, 4);
      header.writeBigUInt64LE(BigInt(start), 8);
      header.writeBigUInt64LE(BigInt(start + bytes.length - 1), 16);
      return [header, bytes];
    }),
  );
}

export interface ElfSegment {
  readonly type: number;
  readonly paddr?: bigint;
  readonly vaddr?: bigint;
  readonly bytes: Buffer;
  readonly memsz?: number;
  /** Instead of where `bytes` are. */
  readonly offset?: bigint;
  /** Instead of the length of `bytes`. */
  readonly filesz?: bigint;
}

export interface ElfOptions {
  readonly type?: number;
  readonly machine?: number;
  readonly class?: number;
  readonly data?: number;
  /** Puts the number of program headers into the first section header, as for 65535 and more. */
  readonly xnum?: boolean;
}

export const PT_LOAD = 1;
export const PT_NOTE = 4;

export function elf(segments: readonly ElfSegment[], options: ElfOptions = {}): Buffer {
  const sections = options.xnum ? 64 : 0;
  const head = Buffer.alloc(64 + 56 * segments.length + sections);
  head.set([0x7f, 0x45, 0x4c, 0x46, options.class ?? 2, options.data ?? 1, 1]);
  head.writeUInt16LE(options.type ?? 4, 16);
  head.writeUInt16LE(options.machine ?? 62, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(options.xnum ? 0xffff : segments.length, 56);
  if (options.xnum) {
    const section = head.length - 64;
    head.writeBigUInt64LE(BigInt(section), 40);
    head.writeUInt32LE(segments.length, section + 44);
  }
  let offset = head.length;
  segments.forEach((segment, index) => {
    programHeader(head, 64 + index * 56, segment, offset);
    offset += segment.bytes.length;
  });
  return Buffer.concat([head, ...segments.map((segment) => segment.bytes)]);
}

function programHeader(head: Buffer, at: number, segment: ElfSegment, offset: number): void {
  const filesz = segment.filesz ?? BigInt(segment.bytes.length);
  head.writeUInt32LE(segment.type, at);
  head.writeBigUInt64LE(segment.offset ?? BigInt(offset), at + 8);
  head.writeBigUInt64LE(segment.vaddr ?? 0n, at + 16);
  head.writeBigUInt64LE(segment.paddr ?? 0n, at + 24);
  head.writeBigUInt64LE(filesz, at + 32);
  head.writeBigUInt64LE(segment.memsz === undefined ? filesz : BigInt(segment.memsz), at + 40);
}

export function note(name: string, type: number, desc: Buffer): Buffer {
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(name.length + 1, 0);
  header.writeUInt32LE(desc.length, 4);
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, pad(Buffer.from(`${name}\0`, 'latin1')), pad(desc)]);
}

export interface Lz4Options {
  readonly contentSize?: boolean;
  readonly blockChecksums?: boolean;
  readonly dependent?: boolean;
  /** Sizes of the first blocks, for a writer that flushes early; later ones are full. */
  readonly sizes?: readonly number[];
  /** Without the end mark, as in a file that was cut. */
  readonly open?: boolean;
}

/** One frame of 64 KiB blocks. */
export function lz4Frame(contents: Buffer, options: Lz4Options = {}): Buffer {
  const lz4 = loadLz4();
  const flags =
    0x40 |
    (options.dependent ? 0 : 0x20) |
    (options.blockChecksums ? 0x10 : 0) |
    (options.contentSize ? 8 : 0);
  const size = Buffer.alloc(options.contentSize ? 8 : 0);
  if (options.contentSize) size.writeBigUInt64LE(BigInt(contents.length), 0);
  const descriptor = Buffer.concat([Buffer.from([flags, 0x40]), size]);
  const parts: Uint8Array[] = [
    Buffer.from([0x04, 0x22, 0x4d, 0x18]),
    descriptor,
    Buffer.from([lz4.descriptorChecksum(descriptor)]),
  ];
  const sizes = [...(options.sizes ?? [])];
  for (let at = 0; at < contents.length; ) {
    const length = sizes.shift() ?? 65536;
    parts.push(...lz4Block(contents.subarray(at, at + length), options.blockChecksums ?? false));
    at += length;
  }
  if (!options.open) parts.push(u32(0));
  return Buffer.concat(parts);
}

function lz4Block(contents: Buffer, checksum: boolean): Uint8Array[] {
  const lz4 = loadLz4();
  const room = Buffer.alloc(lz4.bindings.compressBound(contents.length));
  const packed = lz4.bindings.compress(contents, room);
  const stored = packed === 0 || packed >= contents.length;
  const body = stored ? contents : room.subarray(0, packed);
  const size = u32(stored ? 0x8000_0000 + body.length : body.length);
  return checksum ? [size, body, u32(lz4.blockChecksum(body))] : [size, body];
}

export function skippableFrame(contents: Buffer): Buffer {
  return Buffer.concat([u32(0x184d_2a53), u32(contents.length), contents]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0, 0);
  return bytes;
}
