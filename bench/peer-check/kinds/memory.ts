// Address spaces, their VMAs, and every page-table entry.

import type { AddressSpace, Snapshot } from '../../../src/snapshot/snapshot.js';
import { account, hex, type Kind, subject, utf8OrNull } from '../facts.js';
import type { Oracle, OracleMm, OracleVma } from '../oracle.js';

const PAGE_BYTES = 4096n;

/** Our name of each mark beside the kernel's. */
const MARKS = [
  ['startCode', 'start_code'],
  ['endCode', 'end_code'],
  ['startData', 'start_data'],
  ['endData', 'end_data'],
  ['startBrk', 'start_brk'],
  ['brk', 'brk'],
  ['startStack', 'start_stack'],
  ['argStart', 'arg_start'],
  ['argEnd', 'arg_end'],
  ['envStart', 'env_start'],
  ['envEnd', 'env_end'],
  ['mmapBase', 'mmap_base'],
  ['taskSize', 'task_size'],
] as const;

/** The command that an address space belongs to, for labels. */
export function ownersByMm(snapshot: Snapshot): Map<string, string> {
  return new Map(
    snapshot.tasks
      .filter(({ mm }) => mm !== null)
      .map(({ mm, pid, comm }) => [mm as string, `${pid} ${comm}`]),
  );
}

export const mms: Kind = {
  name: 'address space',
  ours: ({ snapshot }) => {
    const owners = ownersByMm(snapshot);
    return account(snapshot.mms, (mm) => [
      mm.address,
      subject(owners.get(mm.address) ?? mm.address, {
        ...Object.fromEntries(MARKS.map(([ours, theirs]) => [theirs, hex(mm[ours])])),
        'page table': hex(mm.pgd),
        vdso: mm.vdso === 0 ? null : hex(mm.vdso),
        'VMAs counted': mm.mapCount,
        'pages in all': mm.totalVm,
      }),
    ]);
  },
  theirs: (oracle) =>
    account(Object.entries(oracle.mms), ([address, mm]) => [
      address,
      subject(address, {
        ...Object.fromEntries(MARKS.map(([, name]) => [name, mm[name] ?? null])),
        'page table': hex(BigInt(mm['pgd'] as string) - BigInt(oracle.system.page_offset_base)),
        vdso: mm['vdso'] ?? null,
        'VMAs counted': mm['map_count'] ?? null,
        'pages in all': mm['total_vm'] ?? null,
      }),
    ]),
};

export const vmas: Kind = {
  name: 'VMA',
  ours: ({ snapshot }) => {
    const owners = ownersByMm(snapshot);
    const all = snapshot.mms.flatMap((mm) => mm.vmas.map((vma) => ({ mm, vma })));
    return account(all, ({ mm, vma }) => [
      vmaKey(mm.address, hex(vma.start)),
      subject(`${owners.get(mm.address)} ${hex(vma.start)}`, {
        address: vma.address,
        end: hex(vma.end),
        flags: vma.flags,
        offset: vma.offset,
        file: vma.file,
        name: vma.name,
        inode: vma.inode,
        device: `${vma.devMajor}:${vma.devMinor}`,
        'anonymous pages': vma.anonVma,
      }),
    ]);
  },
  theirs: (oracle) =>
    account(oracleVmas(oracle), ({ mm, vma }) => [
      vmaKey(mm, vma.start),
      subject(`${mm} ${vma.start}`, {
        address: vma.address,
        end: vma.end,
        flags: vma.flags,
        // Anonymous memory has an offset too; /proc shows it for files only.
        offset: vma.file === null ? 0 : Number(BigInt(vma.pgoff) * PAGE_BYTES),
        file: vma.file,
        name: utf8OrNull(vma.name),
        inode: vma.inode ?? 0,
        device: vma.device ?? '0:0',
        'anonymous pages': vma.anon_vma !== null,
      }),
    ]),
};

export function vmaKey(mm: string, start: string): string {
  return `${mm} ${start}`;
}

function oracleVmas({ mms: all }: Oracle): { mm: string; vma: OracleVma }[] {
  return Object.entries(all).flatMap(([mm, facts]) => (facts.vmas ?? []).map((vma) => ({ mm, vma })));
}

/** For pages: where the VMAs of each address space begin. */
export function vmaStarts(mm: AddressSpace | OracleMm): number[] {
  const { vmas: all } = mm as { vmas: readonly { start: number | string }[] | null };
  return (all ?? []).map(({ start }) => Number(start));
}
