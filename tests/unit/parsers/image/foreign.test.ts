import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../../../src/base/error.js';
import { openImage } from '../../../../src/parsers/image/open.js';
import { Scratch } from '../../helpers/image-files.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** A megabyte that begins so, or has these bytes at an offset. */
function starting(magic: string | number[], at = 0): Buffer {
  const bytes = Buffer.alloc(1 << 20, 0xa5);
  bytes.set(typeof magic === 'string' ? Buffer.from(magic, 'latin1') : Buffer.from(magic), at);
  return bytes;
}

test.each([
  ['kdump-compressed', starting('KDUMP   '), /kdump/, /dump-guest-memory/],
  ['diskdump', starting('DISKDUMP'), /diskdump/, /vmcore/],
  ['flattened', starting('makedumpfile\0\0\0\0'), /flattened/, /makedumpfile -R/],
  ['gzip', gzipSync(Buffer.alloc(1 << 16)), /gzip/, /gzip -dc .* \| lz4/],
  ['xz', starting([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /xz/, /xz -dc/],
  ['zstd', starting([0x28, 0xb5, 0x2f, 0xfd]), /zstd/, /zstd -dc/],
  ['bzip2', starting('BZh9'), /bzip2/, /bzip2 -dc/],
  ['LZ4 legacy', starting([0x02, 0x21, 0x4c, 0x18]), /legacy/, /lz4 -dc/],
  ['zip', starting('PK\x03\x04'), /zip/, /unzip/],
  ['tar', starting('ustar', 257), /tar/, /tar -xf/],
  ['qcow2', starting([0x51, 0x46, 0x49, 0xfb]), /qcow2/, /not the disk/],
  ['GPT disk', starting('EFI PART', 512), /partitioned/, /not the disk/],
  ['ext4', starting([0x53, 0xef], 1024 + 56), /ext2\/3\/4/, /not the disk/],
  ['migration stream', starting('QEVM'), /migration/, /-incoming/],
  ['libvirt save', starting('LibvirtQemudSave'), /libvirt/, /virsh dump --memory-only/],
  ['Windows dump', starting('PAGEDU64'), /Windows crash dump/, /Linux/],
  ['Windows hibernation', starting('HIBR'), /Windows hibernation/, /Linux/],
  ['VirtualBox', starting('\x7fVirtualBox SavedState V2.0\n'), /VirtualBox/, /dumpvmcore/],
  ['VMware', starting([0xd2, 0xbe, 0xd2, 0xbe]), /VMware/, /vmem/],
  ['AVML', starting('AVML'), /AVML/, /avml-convert/],
  ['PE', starting('MZ'), /PE executable/, /dump/],
  ['cpio', starting('070701'), /cpio/, /dump/],
  ['text', Buffer.from('{ "pid": 1, "name": "über" }\n'.repeat(400)), /text file/, /dump/],
  ['a few bytes', Buffer.from([1, 2, 3]), /less than one page/, /incomplete/],
])('%s', (_name, contents, message, hint) => {
  const path = scratch.file(contents);
  try {
    openImage(path);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message.startsWith(`${path}: `)).toBe(true);
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).hint).toMatch(hint);
  }
});

test('memory that holds such bytes elsewhere, or text among others, is memory', () => {
  expect(openImage(scratch.file(starting('KDUMP   ', 8))).format).toBe('raw');
  expect(openImage(scratch.file(Buffer.concat([Buffer.alloc(4095, 'x'), starting([0])]))).format).toBe('raw');
  expect(openImage(scratch.file(Buffer.alloc(1 << 16))).format).toBe('raw');
});
