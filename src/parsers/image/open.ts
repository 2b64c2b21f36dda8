// Opens a memory image: recognises the container by its content, never by its name.

import { InputError } from '../../base/error.js';
import { type ByteSource, readUpTo } from './byte-source.js';
import { openElf } from './elf.js';
import { FileSource } from './file-source.js';
import { refuseForeign } from './foreign.js';
import type { Image, Layout } from './image.js';
import { LIME_MAGIC, openLime, openListedLime } from './lime.js';
import { LZ4_MAGIC } from './lz4-index.js';
import { Lz4Source } from './lz4-source.js';
import { openRaw } from './raw.js';

export interface OpenOptions {
  /** Layout of a raw image, when the user knows better than the image. */
  readonly layout?: Layout;
}

/** Enough for every magic, and for telling text from memory. */
const HEAD_BYTES = 4096;
const ELF_MAGIC = 0x464c_457f;
/** 0x184d2a50 to 0x184d2a5f: an LZ4 file may begin with somebody's notes. */
const SKIPPABLE = 0x0184_d2a5;

/** Throws InputError for what is no memory image, SystemError where the file cannot be read. */
export function openImage(path: string, options: OpenOptions = {}): Image {
  const source = FileSource.open(path);
  try {
    return openSource(source, options);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The container in `source`; the image closes the source. */
function openSource(source: ByteSource, options: OpenOptions): Image {
  const head = readUpTo(source, 0, HEAD_BYTES);
  const magic = magicOf(head);
  if (isLz4(magic)) return openLz4(source, options);
  if (magic === ELF_MAGIC) return openElf(source);
  if (magic === LIME_MAGIC) return openLime(source);
  refuseForeign(source.path, head, source.size);
  return openRaw(source, options.layout);
}

function openLz4(source: ByteSource, options: OpenOptions): Image {
  const contents = new Lz4Source(source);
  const listed = openListedLime(contents, contents.limeIndex);
  if (listed !== null) return listed;
  if (isLz4(magicOf(readUpTo(contents, 0, 4)))) {
    throw new InputError(`${source.path}: LZ4 in LZ4`, `Unpack it once: lz4 -dc ${source.path} > OUT.lz4`);
  }
  return openSource(contents, options);
}

function isLz4(magic: number): boolean {
  return magic === LZ4_MAGIC || magic >>> 4 === SKIPPABLE;
}

function magicOf(head: Buffer): number {
  return head.length < 4 ? 0 : head.readUInt32LE(0);
}
