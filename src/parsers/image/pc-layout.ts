// Where a PC's RAM goes: QEMU's memory backend is one piece, the guest sees it in two, below the PCI hole and from
// 4 GiB on. The file does not say where the split is. The guest's memory maps do: each has an entry for the RAM from
// 4 GiB on, whose size, taken from the file's, is the split. SeaBIOS keeps its map in the first megabyte; a kernel
// that UEFI started has copies in its own memory (e820_table, e820_table_firmware, boot_params).
//
// QEMU: hw/i386/pc_piix.c, hw/i386/pc_q35.c. Map entries: struct boot_e820_entry.

import { hex } from '../../base/address.js';
import type { Image, Layout } from './image.js';
import { scanMemory } from './scan.js';

const FOUR_GIB = 2 ** 32;
const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Less RAM than this is split only by an unusual max-ram-below-4g: not worth a megabyte's read at every start. */
const SMALLEST_SPLIT_RAM = 2 * GIB;
/** u64 address, u64 size, u32 type. */
const ENTRY_BYTES = 20;
const ENTRY_AT_4_GIB = Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]);
const E820_RAM = 1;

const FLAT: Layout = { name: 'no hole', split: Number.POSITIVE_INFINITY, evidence: null };

/** A split by its address; machine types are named where they are known. */
export function splitAt(split: number, machine?: string): Layout {
  const prefix = machine === undefined ? '' : `${machine} `;
  return { name: `${prefix}hole at ${split / GIB} GiB`, split, evidence: null };
}

/** All layouts that RAM of `size` bytes can have, the likeliest first; never empty. `flat`: the file, unmoved. */
export function candidateLayouts(flat: Image, size: number): Layout[] {
  const usual = qemuLayouts(size);
  const proven = size < SMALLEST_SPLIT_RAM ? null : mappedLayout(flat, size, usual);
  const others = [...usual, FLAT].filter((layout) => layout.split !== proven?.split);
  return proven === null ? others : [proven, ...others];
}

function qemuLayouts(size: number): Layout[] {
  const layouts: Layout[] = [];
  if (size >= 0xb000_0000) layouts.push(splitAt(0x8000_0000, 'q35'));
  // Before QEMU 2.0 neither kept to whole GiB.
  if (size >= 0xe000_0000) layouts.push(splitAt(0xc000_0000, 'i440fx'), splitAt(0xe000_0000, 'old i440fx'));
  if (size >= 0xb000_0000) layouts.push(splitAt(0xb000_0000, 'old q35'));
  return layouts.filter((layout) => layout.split < size);
}

/** The layout that the guest's memory maps tell; null where there is none, or no doubt worth a search. */
function mappedLayout(flat: Image, size: number, usual: readonly Layout[]): Layout | null {
  const known = [...usual, FLAT];
  const low = commonest(toldSplits(flat, size, MIB));
  // Without a map of the firmware all memory is searched, and only for what can be: so much of it has lookalikes.
  const found = low ?? (usual.length > 0 ? commonest(toldSplits(flat, size, size), known) : null);
  if (found === null) return null;
  const evidence = `memory map in the image at offset ${hex(found.at)}`;
  return { ...(known.find(({ split }) => split === found.split) ?? splitAt(found.split)), evidence };
}

interface Told {
  readonly split: number;
  /** Offset of the map entry that tells it. */
  readonly at: number;
}

/** The split that most map entries tell, with the first of them. */
function commonest(entries: Iterable<Told>, known?: readonly Layout[]): Told | null {
  const votes = new Map<number, { told: Told; count: number }>();
  for (const told of entries) {
    if (known !== undefined && !known.some(({ split }) => split === told.split)) continue;
    const vote = votes.get(told.split);
    if (vote === undefined) votes.set(told.split, { told, count: 1 });
    else vote.count++;
  }
  return [...votes.values()].sort((a, b) => b.count - a.count)[0]?.told ?? null;
}

/** Each map entry for RAM from 4 GiB on in the first `end` bytes, as the split that it means for such a file. */
function* toldSplits(flat: Image, size: number, end: number): Generator<Told> {
  const entry = Buffer.alloc(ENTRY_BYTES);
  for (const at of scanMemory(flat, ENTRY_AT_4_GIB, { start: 0, end })) {
    if (flat.read(at, entry) < ENTRY_BYTES || entry.readUInt32LE(16) !== E820_RAM) continue;
    const high = entry.readUInt32LE(12) * FOUR_GIB + entry.readUInt32LE(8);
    const split = size - high;
    if (high === 0 || split < GIB || split > FOUR_GIB || split % MIB !== 0) continue;
    yield { at, split: split === FOUR_GIB ? FLAT.split : split };
  }
}
