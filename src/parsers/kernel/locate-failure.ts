// Why no kernel was found, as exactly as the memory still tells.

import { hex } from '../../base/address.js';
import { InputError } from '../../base/error.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { scanMemory } from '../image/scan.js';
import type { LinkedTable } from '../symbols/linked-symbols.js';
import { releaseOf } from './locate-image.js';
import { KERNEL_MAP } from './locate-paging.js';
import { heads, readStretch } from './locate-stretches.js';
import { parseVmcoreinfo } from './vmcoreinfo.js';

const NOTE = Buffer.from('VMCOREINFO\0\0OSRELEASE=');
const BANNER = Buffer.from('Linux version ');
const NOTE_BYTES = 4096;
const MOST_REASONS = 3;
const HINT =
  'Is it the whole memory of a Linux guest (x86-64, with CONFIG_KALLSYMS)? A VMCOREINFO, a System.map or a vmlinux can help: --system-map, --vmlinux.';

export function explainFailure(memory: PhysicalMemory, failures: readonly string[]): InputError {
  const { path, format } = memory.image;
  const seen = whatIsLeft(memory);
  const reasons = [...new Set(failures)].slice(0, MOST_REASONS).join('; ');
  const tried = reasons
    ? `What looked like one is none: ${reasons}`
    : 'No 2 MiB of it begin with a Linux banner, and no kallsyms token table is anywhere in it';
  return new InputError(`${path}: no Linux kernel found in this ${format} image. ${tried}.${seen}`, HINT);
}

/** Symbols from a file fit no kernel in memory: another kernel's, most likely. */
export function explainMisfit(memory: PhysicalMemory, table: LinkedTable): InputError {
  const { value: head } = heads(memory).next();
  const there = head ? `the dump has ${releaseOf(head.text)}` : 'no banner was found where kernels begin';
  return new InputError(
    `${table.origin} does not fit the kernel in ${memory.image.path}: no banner and page tables where it says; ${there}`,
    'Name the file of exactly this kernel, or leave it away: the symbols are in the dump itself.',
  );
}

/** A kernel's own note says where it was, even where its image is lost. */
function whatIsLeft(memory: PhysicalMemory): string {
  for (const hit of scanMemory(memory.image, NOTE)) {
    const { data } = readStretch(memory, hit + 12, NOTE_BYTES);
    const values = parseVmcoreinfo(Buffer.from(data).toString('latin1').split('\0')[0] ?? '');
    const [text, base] = [values.get('SYMBOL(_stext)'), values.get('NUMBER(phys_base)')];
    if (text === undefined || base === undefined) continue;
    const at = Number(BigInt(`0x${text}`) - KERNEL_MAP) + Number(base);
    return ` A note at ${hex(hit)} says that Linux ${values.get('OSRELEASE')} ran at physical ${hex(at)}: what is there is damaged or missing from the image.`;
  }
  const banner = scanMemory(memory.image, BANNER).next();
  return banner.done
    ? ''
    : ` The text “Linux version” is at ${hex(banner.value)}, with nothing around it to go by.`;
}
