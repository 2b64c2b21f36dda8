// A file, read in place. Every read is a pread: the file may be the RAM of a machine that is running.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { hex } from '../../base/address.js';
import { InputError, SystemError } from '../../base/error.js';
import type { FaultRecord } from '../../base/fault.js';
import type { ByteRange, ByteSource } from './byte-source.js';
import { dataRanges } from './sparse.js';

/** Unreadable places beyond this many are not recorded: one bad disk must not fill memory. */
const KEPT_FAULTS = 100;

export class FileSource implements ByteSource {
  readonly layer = '';
  readonly cut = false;
  readonly faults: FaultRecord[] = [];

  private constructor(
    readonly path: string,
    readonly size: number,
    private fd: number,
  ) {}

  static open(path: string): FileSource {
    const fd = opened(path);
    try {
      return new FileSource(path, usableSize(path, fstatSync(fd)), fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  read(offset: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const got = this.pread(offset + done, into, done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  data(start: number, end: number): Iterable<ByteRange> {
    return dataRanges(this.fd, start, Math.min(end, this.size));
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private pread(offset: number, into: Uint8Array, at: number): number {
    try {
      return readSync(this.fd, into, at, into.length - at, offset);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A bad disk block, or a page that /proc/vmcore refuses: the rest of the file is still good.
      if (code !== 'EIO' && code !== 'EFAULT') throw failure(this.path, error);
      const detail = `${this.path}: offset ${hex(offset + at)} cannot be read (${code})`;
      if (this.faults.length < KEPT_FAULTS) {
        this.faults.push({ kind: 'hole', space: 'file', address: hex(offset), detail, path: [] });
      }
      return 0;
    }
  }
}

function opened(path: string): number {
  try {
    // Not to wait for a writer, should it be a pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw failure(path, error);
  }
}

function failure(path: string, error: unknown): SystemError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new SystemError(`${path}: no such file`, 'Check the path of the dump.');
  if (code === 'EACCES' || code === 'EPERM') {
    return new SystemError(
      `${path}: no permission to read it`,
      'Make it readable for you, or run this command as root.',
    );
  }
  return new SystemError(`${path}: cannot be read: ${message}`);
}

function usableSize(path: string, stats: Stats): number {
  if (stats.isDirectory()) {
    throw new InputError(`${path}: a directory, not a dump`, 'Name the dump file in it.');
  }
  if (!stats.isFile()) {
    const kind = stats.isCharacterDevice() ? 'a character device' : 'no regular file';
    throw new InputError(
      `${path}: ${kind}: its size is unknown and it cannot be read at random`,
      'Copy it into a file first; of a running kernel, /proc/kcore or a RAM file shared by QEMU can be read.',
    );
  }
  if (stats.size === 0) throw new InputError(`${path}: empty file`, 'The dump was never written to it.');
  return stats.size;
}
