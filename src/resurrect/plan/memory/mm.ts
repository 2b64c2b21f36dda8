// Address spaces: struct mm_struct.

import type { Hex } from '../../../base/address.js';
import type { PageRun } from '../../../snapshot/mm.js';
import type { AddressSpace, SnapshotProcess } from '../../../snapshot/snapshot.js';
import { endOfRun } from '../../abi/page-run.js';
import type { Mm, Vma } from '../../abi/records/memory.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { big } from '../numbers.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { concerns, planVma } from './vma.js';

const AUXV_ENTRY_BYTES = 16;
const DEFAULT_COREDUMP_FILTER = 0x33;
const BUILD_ID_BYTES = 20;
/**
 * While the kernel makes a huge page of many (collapse_huge_page() of mm/khugepaged.c), the page table that maps them is in no
 * other table: only the kernel's own count of pages tells that they are there. A fault or a page on its way to swap that the
 * panic interrupted makes the two differ by fewer than this.
 */
const MOST_IN_FLIGHT = 16;

/** Index of the address space; null where the snapshot lacks it. `process`: one that has it. */
export function planMm(planning: Planning, address: Hex, process: SnapshotProcess): number | null {
  const mm = planning.index.mms.get(address);
  if (mm === undefined) return null;
  return planning.tables.mm.ref(address, (object) => {
    const processes = planning.indices(planning.index.pidsOfMm(address));
    const refuse = (resource: ResourceName, what: string): void => {
      const reason = `process ${process.pid}: ${what}`;
      planning.refusals.add(resource, { reason, kind: REFUSED_KIND.mm, object, processes });
    };
    planVdso(planning, mm);
    const lost = mm.rss.anon - mm.pages.anon;
    if (lost > MOST_IN_FLIGHT) {
      refuse('memory', `${lost} pages of its memory are in no page table: they were being made a huge page`);
    }
    if (process.aio.length > 0) refuse('aio', 'its AIO contexts, with what is in flight, are lost');
    return {
      ...bounds(mm),
      ...program(planning, process),
      vmas: vmas(planning, mm, refuse),
      aio: aio(process),
    };
  });
}

/** Which vDSO it has mapped: nothing where that could not be told. */
function planVdso({ tables }: Planning, { vdso, vdsoBuild }: AddressSpace): void {
  const buildId = Buffer.from(vdsoBuild ?? '', 'hex');
  if (vdso === 0 || buildId.length !== BUILD_ID_BYTES) return;
  tables.vdsoImage.ref(buildId.toString('hex'), () => ({ buildId: new Uint8Array(buildId) }));
}

type Bounds = Omit<Mm, 'auxv' | 'exe' | 'dumpable' | 'coredumpFilter' | 'vmas' | 'aio'>;

function bounds(mm: AddressSpace): Bounds {
  const { startCode, endCode, startData, endData, startBrk, brk, startStack } = mm;
  const { argStart, argEnd, envStart, envEnd, vdso } = mm;
  return {
    ...{ startCode, endCode, startData, endData, startBrk, brk, startStack },
    ...{ argStart, argEnd, envStart, envEnd, vdso },
    taskSize: BigInt(mm.taskSize),
    defFlags: big(mm.defFlags),
  };
}

function program(
  { index }: Planning,
  { pid, auxv, exe }: SnapshotProcess,
): Pick<Mm, 'auxv' | 'exe' | 'dumpable' | 'coredumpFilter'> {
  const threads = index.tasks.get(pid) ?? [];
  const confinement = threads.find((task) => task.mm !== null)?.attributes?.confinement;
  return {
    auxv: auxvBytes(auxv),
    exe: exe ?? '',
    dumpable: confinement?.dumpable ?? 0,
    coredumpFilter: confinement?.coredumpFilter ?? DEFAULT_COREDUMP_FILTER,
  };
}

/** Pairs of words, AT_NULL at their end. */
function auxvBytes(auxv: SnapshotProcess['auxv']): Uint8Array {
  const bytes = new Uint8Array((auxv.length + 1) * AUXV_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  auxv.forEach((pair, place) => {
    view.setBigUint64(place * AUXV_ENTRY_BYTES, BigInt(pair[0]), true);
    view.setBigUint64(place * AUXV_ENTRY_BYTES + 8, big(pair[1]), true);
  });
  return bytes;
}

function aio({ aio }: SnapshotProcess): Mm['aio'] {
  return aio.map(({ id, requests, unread }) => ({ id: big(id), requests, unread }));
}

/** VMAs and runs are both in the order of addresses. */
function vmas(
  planning: Planning,
  mm: AddressSpace,
  refuse: (resource: ResourceName, what: string) => void,
): Vma[] {
  const { runs } = mm;
  let next = 0;
  return mm.vmas.map((vma) => {
    while (next < runs.length && endOfRun(runs[next] as PageRun) <= vma.start) next++;
    const within: PageRun[] = [];
    for (let place = next; place < runs.length; place++) {
      const run = runs[place] as PageRun;
      if (run.address >= vma.end) break;
      if (concerns(run)) within.push(run);
    }
    return planVma(planning, vma, within, refuse);
  });
}
