// A cpio archive in the "newc" format, which the kernel unpacks as its initramfs.

export interface CpioEntry {
  readonly name: string;
  /** With the type bits, as in st_mode. */
  readonly mode: number;
  readonly data?: Buffer;
}

const pad4 = (n: number) => Buffer.alloc(-n & 3);

function header(entry: CpioEntry, ino: number): Buffer {
  const nameSize = Buffer.byteLength(entry.name) + 1;
  const fields = [ino, entry.mode, 0, 0, 1, 0, entry.data?.length ?? 0, 0, 0, 0, 0, nameSize, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${entry.name}\0`;
  return Buffer.concat([Buffer.from(text), pad4(text.length)]);
}

export function makeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const [i, entry] of [...entries, { name: 'TRAILER!!!', mode: 0 }].entries()) {
    const data = entry.data ?? Buffer.alloc(0);
    parts.push(header(entry, i + 1), data, pad4(data.length));
  }
  return Buffer.concat(parts);
}
