// The kernel by the VMCOREINFO that an ELF dump carries: it names where text and kallsyms were, so that nothing needs to
// be searched (5fd8fea935a1, f09bddbd8661, 6.0, for kallsyms).

import type { Phys } from '../../base/address.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { findKallsyms } from '../symbols/kallsyms-shape.js';
import { KERNEL_MAP } from './locate-paging.js';
import { type FoundTables, readStretch } from './locate-stretches.js';
import { vmcoreinfoNote } from './vmcoreinfo.js';

const TABLES = ['kallsyms_offsets', 'kallsyms_names', 'kallsyms_num_syms'];
const LENGTHS = [8 << 20, 32 << 20];

export interface Noted {
  readonly buildId: string | null;
  /** Physical address of _text. */
  readonly text: Phys;
  readonly tables: () => FoundTables | undefined;
}

/** What the image's note says; undefined where it has none, or one too old to say where the image lies. */
export function noted(memory: PhysicalMemory): Noted | undefined {
  const { values } = vmcoreinfoNote(memory.image.notes);
  const base = values.get('NUMBER(phys_base)');
  const text = symbol(values, '_stext', base);
  if (text === undefined) return undefined;
  const places = TABLES.map((name) => symbol(values, name, base)).filter((at) => at !== undefined);
  const tables = () => tablesFrom(memory, Math.min(...places));
  return { buildId: values.get('BUILD-ID') ?? null, text, tables };
}

function symbol(values: ReadonlyMap<string, string>, name: string, base: string | undefined) {
  const address = values.get(`SYMBOL(${name})`);
  if (address === undefined || base === undefined || !/^[0-9a-f]+$/.test(address)) return undefined;
  const phys = Number(BigInt(`0x${address}`) - KERNEL_MAP) + Number(base);
  return phys >= 0 ? (phys as Phys) : undefined;
}

/** num_syms stands right before the names, the offsets before or behind: the lowest is where to begin. */
function tablesFrom(memory: PhysicalMemory, lowest: number): FoundTables | undefined {
  if (!Number.isFinite(lowest)) return undefined;
  const start = Math.floor(lowest / 4096) * 4096;
  for (const length of LENGTHS) {
    const stretch = readStretch(memory, start, length);
    const shape = findKallsyms(stretch);
    if (shape) return { stretch, shape, by: 'the VMCOREINFO note' };
  }
  return undefined;
}
