// The recorder's stream on the guest's raw truth disk, as guest/record/out.c writes it.

import { closeSync, openSync, readSync } from 'node:fs';
import { InputError } from '../base/error.js';

const BLOCK = 4096;
const HEADER = 24;
const MAGIC = 0x3152574f; // "OWR1"
const KIND_END = 3;

/** What one pass recorded, by key. */
export type Pass = ReadonlyMap<string, Buffer>;

export interface Recording {
  /** What was recorded once. */
  readonly stable: Pass;
  readonly first: Pass;
  readonly second: Pass;
}

/** Splits the records; they end with one of kind END. Exported for tests. */
export function parseStream(stream: Buffer): Recording {
  const passes = [new Map<string, Buffer>(), new Map<string, Buffer>(), new Map<string, Buffer>()] as const;
  for (let at = 0; at + HEADER <= stream.length; ) {
    if (stream.readUInt32LE(at) !== MAGIC) throw new InputError(`truth disk: no record at byte ${at}`);
    const keySize = stream.readUInt32LE(at + 8);
    const dataSize = Number(stream.readBigUInt64LE(at + 16));
    const keyEnd = at + HEADER + keySize;
    if (stream.readUInt16LE(at + 4) === KIND_END) {
      return { stable: passes[0], first: passes[1], second: passes[2] };
    }
    if (keyEnd + dataSize > stream.length) break;
    const pass = passes[stream.readUInt16LE(at + 6)];
    pass?.set(stream.toString('latin1', at + HEADER, keyEnd), stream.subarray(keyEnd, keyEnd + dataSize));
    at = keyEnd + dataSize + (-(keySize + dataSize) & 7);
  }
  throw new InputError('truth disk: the recording ends in the middle');
}

export function readTruthDisk(path: string): Recording {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(BLOCK);
    readSync(fd, head, 0, BLOCK, 0);
    if (head.toString('latin1', 0, 8) !== 'OWTRUTH1') {
      throw new InputError('truth disk: the recorder did not finish');
    }
    const stream = Buffer.alloc(Number(head.readBigUInt64LE(8)));
    for (let at = 0; at < stream.length; ) {
      const got = readSync(fd, stream, at, Math.min(stream.length - at, 1 << 26), BLOCK + at);
      if (got === 0) throw new InputError('truth disk: shorter than its header says');
      at += got;
    }
    return parseStream(stream);
  } finally {
    closeSync(fd);
  }
}
