// A file that appears whole or not at all: written under a temporary name beside its own, renamed when complete.

import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { SystemError } from './error.js';

export class AtomicFile {
  private readonly temporary: string;
  private fd: number;
  private written = 0;

  constructor(readonly path: string) {
    this.temporary = `${path}.${process.pid}.part`;
    this.fd = this.attempt(() => openSync(this.temporary, 'wx'));
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.written;
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += this.attempt(() => writeSync(this.fd, bytes, done, bytes.length - done));
    }
    this.written += bytes.length;
  }

  /** Writes at an offset, leaving holes where nothing is written. */
  writeAt(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += this.attempt(() => writeSync(this.fd, bytes, done, bytes.length - done, at + done));
    }
  }

  /** Makes the file as long as it will be. */
  resize(length: number): void {
    this.attempt(() => ftruncateSync(this.fd, length));
    this.written = length;
  }

  /** Gives the file its name, replacing what had it. */
  commit(): void {
    this.attempt(() => {
      fsyncSync(this.fd);
      this.release();
      renameSync(this.temporary, this.path);
    });
  }

  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void {
    if (this.fd < 0) return;
    this.release();
    rmSync(this.temporary, { force: true });
  }

  private release(): void {
    closeSync(this.fd);
    this.fd = -1;
  }

  private attempt<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.discardQuietly();
      const hint =
        code === 'ENOSPC' ? 'Free some space, or write it elsewhere.' : 'Choose another place for it.';
      throw new SystemError(`${this.path}: cannot be written: ${message}`, hint);
    }
  }

  /** After a failure; that one is to be reported, not what fails in its wake. */
  private discardQuietly(): void {
    try {
      this.discard();
    } catch {}
  }
}

/** Runs `fill` on a new file and commits it; when it throws, `path` stays as it was. */
export function writeAtomically(path: string, fill: (file: AtomicFile) => void): void {
  const file = new AtomicFile(path);
  try {
    fill(file);
    file.commit();
  } finally {
    file.discard();
  }
}

/** Writes `bytes` to `path`; an existing file is replaced only once the new one is complete. */
export function writeFileAtomically(path: string, bytes: Uint8Array | string): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  writeAtomically(path, (file) => file.write(data));
}
