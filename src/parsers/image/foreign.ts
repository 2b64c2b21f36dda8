// Files that are no memory image, or one in a format that we do not read: recognised, so that the user is told what it
// is and what to do, instead of "no kernel found".

import { InputError } from '../../base/error.js';

interface Foreign {
  readonly at: number;
  readonly magic: string | readonly number[];
  readonly what: string;
  /** `FILE` stands for the path. */
  readonly hint: string;
}

const DUMP_AGAIN =
  'Capture it as ELF: dump-guest-memory OUT in QEMU’s monitor without -z, or cp /proc/vmcore OUT';
const NO_DISK = 'Name the memory, not the disk: the RAM file of the guest, or what dump-guest-memory wrote.';
const FROM_WINDOWS = 'Only Linux guests are read.';

const FOREIGN: readonly Foreign[] = [
  { at: 0, magic: 'KDUMP   ', what: 'kdump-compressed dump', hint: DUMP_AGAIN },
  { at: 0, magic: 'DISKDUMP', what: 'diskdump', hint: DUMP_AGAIN },
  {
    at: 0,
    magic: 'makedumpfile\0',
    what: 'flattened dump, as makedumpfile -F and QEMU with -z write it',
    hint: `${DUMP_AGAIN}; if it holds ELF (makedumpfile -E -F): makedumpfile -R OUT < FILE`,
  },
  { at: 0, magic: [0x1f, 0x8b], what: 'gzip file', hint: recompress('gzip -dc') },
  { at: 0, magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], what: 'xz file', hint: recompress('xz -dc') },
  { at: 0, magic: [0x28, 0xb5, 0x2f, 0xfd], what: 'zstd file', hint: recompress('zstd -dc') },
  { at: 0, magic: 'BZh', what: 'bzip2 file', hint: recompress('bzip2 -dc') },
  {
    at: 0,
    magic: [0x02, 0x21, 0x4c, 0x18],
    what: 'LZ4 file in the legacy format: no random access',
    hint: recompress('lz4 -dc'),
  },
  { at: 0, magic: 'PK\x03\x04', what: 'zip archive', hint: 'Unpack it first: unzip FILE' },
  {
    at: 0,
    magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
    what: '7z archive',
    hint: 'Unpack it first: 7z x FILE',
  },
  { at: 257, magic: 'ustar', what: 'tar archive', hint: 'Unpack it first: tar -xf FILE' },
  { at: 0, magic: [0x51, 0x46, 0x49, 0xfb], what: 'qcow2 disk image', hint: NO_DISK },
  { at: 512, magic: 'EFI PART', what: 'partitioned disk image', hint: NO_DISK },
  { at: 0, magic: 'XFSB', what: 'XFS file system', hint: NO_DISK },
  { at: 0, magic: 'KDMV', what: 'VMDK disk image', hint: NO_DISK },
  {
    at: 0,
    magic: 'QEVM',
    what: 'QEMU migration stream',
    hint: 'Restore it with -incoming, then dump-guest-memory OUT in the monitor.',
  },
  {
    at: 0,
    magic: 'LibvirtQemudSave',
    what: 'libvirt save file',
    hint: 'virsh restore FILE, then virsh dump --memory-only GUEST OUT.',
  },
  { at: 0, magic: 'PAGEDU64', what: 'Windows crash dump', hint: FROM_WINDOWS },
  { at: 0, magic: 'PAGEDUMP', what: 'Windows crash dump', hint: FROM_WINDOWS },
  { at: 0, magic: 'MDMP', what: 'Windows minidump', hint: FROM_WINDOWS },
  { at: 0, magic: 'HIBR', what: 'Windows hibernation file', hint: FROM_WINDOWS },
  { at: 0, magic: 'hibr', what: 'Windows hibernation file', hint: FROM_WINDOWS },
  {
    at: 0,
    magic: '\x7fVirtualBox SavedState',
    what: 'VirtualBox saved state',
    hint: 'Resume it and write an ELF core: VBoxManage debugvm GUEST dumpvmcore --filename OUT',
  },
  vmware(0xd0, 0xbe, 0xd2, 0xbe),
  vmware(0xd1, 0xba, 0xd1, 0xba),
  vmware(0xd2, 0xbe, 0xd2, 0xbe),
  vmware(0xd3, 0xbe, 0xd3, 0xbe),
  { at: 0, magic: 'AVML', what: 'compressed AVML file', hint: 'Convert it: avml-convert FILE OUT' },
  {
    at: 0,
    magic: 'MZ',
    what: 'PE executable (or a bootable kernel image)',
    hint: 'Name the dump; a kernel is not needed, and a vmlinux goes with --vmlinux.',
  },
  {
    at: 0,
    magic: '070701',
    what: 'cpio archive (an initramfs?)',
    hint: 'Name the dump of the guest’s memory.',
  },
];

/** ext4's superblock is at 1024; in a PC's memory this is BIOS data. */
const EXT_MAGIC_AT = 1024 + 56;
const EXT_MAGIC = 0xef53;
const TEXT_SAMPLE = 4096;
const SMALLEST = 4096;

function recompress(command: string): string {
  return `Unpack it: ${command} FILE > OUT; to keep it small: ${command} FILE | lz4 -BI -B5 - OUT.lz4`;
}

function vmware(...magic: number[]): Foreign {
  return {
    at: 0,
    magic,
    what: 'VMware snapshot or suspend state',
    hint: 'Name the .vmem file beside it if there is one, or convert it: vmss2core -N6 FILE',
  };
}

/** Throws where `head`, the first bytes of the contents, shows something that is no image. */
export function refuseForeign(path: string, head: Buffer, size: number): void {
  const known = FOREIGN.find(({ at, magic }) => {
    const bytes = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : Buffer.from(magic);
    return (
      head.length >= at + bytes.length && head.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0
    );
  });
  if (known !== undefined) {
    throw new InputError(`${path}: ${known.what}`, known.hint.replaceAll('FILE', path));
  }
  if (head.length > EXT_MAGIC_AT + 2 && head.readUInt16LE(EXT_MAGIC_AT) === EXT_MAGIC) {
    throw new InputError(`${path}: ext2/3/4 file system`, NO_DISK);
  }
  if (head.length > 0 && isText(head))
    throw new InputError(`${path}: text file, not a memory image`, 'Name the dump itself.');
  if (size < SMALLEST) {
    throw new InputError(
      `${path}: ${size} bytes are less than one page of memory`,
      'The dump is incomplete.',
    );
  }
}

/** Printable, or UTF-8, from the first byte to the last of the sample. */
function isText(head: Buffer): boolean {
  const sample = head.subarray(0, TEXT_SAMPLE);
  return (
    sample.every(
      (byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b,
    ) && !sample.subarray(0, -4).toString('utf8').includes('\ufffd')
  );
}
