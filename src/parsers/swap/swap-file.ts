// An image of a swap device, or a swap file, that the user gives: slots are pages from its start. Mirrors
// read_swap_header of mm/swapfile.c and union swap_header of include/linux/swap.h.

import { InputError } from '../../base/error.js';
import type { SwapArea } from '../../snapshot/swap.js';
import { FileSource } from '../image/file-source.js';
import type { Kernel } from '../kernel/kernel.js';
import { addSwapSource } from '../mm/swap-source.js';

const PAGE_BYTES = 4096;
const MAGIC = 'SWAPSPACE2';
const MAGIC_AT = PAGE_BYTES - MAGIC.length;
const HEADER = { version: 1024, lastPage: 1028 } as const;
const VERSION = 1;

/** The slots that the header counts: the area's `max`. */
function slotsOf(file: FileSource): number {
  const page = Buffer.alloc(PAGE_BYTES);
  const isWhole = file.read(0, page) === PAGE_BYTES;
  if (!isWhole || page.toString('latin1', MAGIC_AT) !== MAGIC)
    throw new InputError(`${file.path} is no swap area`, 'It must begin with the page that mkswap wrote.');
  if (page.readUInt32LE(HEADER.version) !== VERSION)
    throw new InputError(`${file.path}: a swap area of version ${page.readUInt32LE(HEADER.version)}`);
  return page.readUInt32LE(HEADER.lastPage) + 1;
}

/**
 * Opens an image of one of the dump's swap areas, which its pages are read from then on; the caller closes it.
 * `given` is its path, behind the area's type and `=` where several areas are of one length.
 */
export function attachSwapFile(kernel: Kernel, areas: readonly SwapArea[], given: string): FileSource {
  const [, wanted, path = given] = /^(\d+)=(.+)$/s.exec(given) ?? [];
  const file = FileSource.open(path);
  try {
    const { type } = areaOf(
      areas.filter((area) => wanted === undefined || area.type === Number(wanted)),
      file,
    );
    addSwapSource(kernel, {
      copy: (slot, into) => slot.type === type && file.read(slot.offset * PAGE_BYTES, into) === PAGE_BYTES,
    });
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The area of as many slots as the header says. */
function areaOf(areas: readonly SwapArea[], file: FileSource): SwapArea {
  const slots = slotsOf(file);
  const found = areas.filter((area) => area.slots === slots);
  const [area] = found;
  const known = areas.map((each) => `${each.path} of ${each.slots} pages`).join(', ');
  if (area === undefined)
    throw new InputError(
      `${file.path} has ${slots} pages, and no swap area of this dump has`,
      `There are: ${known || 'none'}.`,
    );
  if (found.length > 1)
    throw new InputError(
      `${file.path} may be any of ${found.length} swap areas: ${known}`,
      `Say which by its type: --swap ${area.type}=${file.path}`,
    );
  return area;
}
