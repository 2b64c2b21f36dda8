// The kernel that is packed in a bzImage (arch/x86/boot/header.S, protocol 2.08 and later), unpacked on the host: guests
// have none of the programs for it.

import { execFileSync } from 'node:child_process';

/** By what the packed begins with. */
const UNPACKERS = [
  { magic: '1f8b', program: 'gzip', sizeBehind: false },
  { magic: 'fd377a585a', program: 'xz', sizeBehind: true },
  { magic: '28b52ffd', program: 'zstd', sizeBehind: true },
  { magic: '02214c18', program: 'lz4', sizeBehind: true },
] as const;

/** Null where it is packed in another way, or this host lacks the program. */
export function unpackedKernel(image: Buffer): Buffer | null {
  if (image.length < 0x270 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') return null;
  const start = ((image[0x1f1] || 4) + 1) * 512 + image.readUInt32LE(0x248);
  const packed = image.subarray(start, start + image.readUInt32LE(0x24c));
  const way = UNPACKERS.find(({ magic }) => packed.toString('hex', 0, magic.length / 2) === magic);
  if (!way) return null;
  const input = way.sizeBehind ? packed.subarray(0, -4) : packed;
  try {
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
    return execFileSync(way.program, ['-dc'], { input, maxBuffer: 1 << 29, stdio });
  } catch {
    return null;
  }
}
