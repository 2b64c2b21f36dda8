// Address spaces (mm/mmap.c, kernel/sys.c prctl_set_mm_map()).

import { oncePer } from '../../../base/once-per.js';
import { endOfRun, PAGE_BYTES } from '../../abi/page-run.js';
import type { Plan } from '../../abi/plan.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { Mm, PageRun, Vma } from '../../abi/records/memory.js';
import { VMA_KIND } from '../../abi/records/memory.js';
import type { Invariant, Report } from '../invariant.js';
import { hex, type Subject } from '../subject.js';

const AUXV_ENTRY_BYTES = 16;
/** vm.mmap_min_addr of Debian's kernels. */
const MMAP_MIN_ADDR = 65536;

const BOUNDS = [
  ['startCode', 'endCode'],
  ['startData', 'endData'],
  ['startBrk', 'brk'],
  ['argStart', 'argEnd'],
  ['envStart', 'envEnd'],
] as const;

const SHARED_KINDS: readonly number[] = [VMA_KIND.file_shared, VMA_KIND.shared_memory];
const BACKED_KINDS: readonly number[] = [
  VMA_KIND.file_private,
  VMA_KIND.file_shared,
  VMA_KIND.shared_memory,
  VMA_KIND.shared_memory_private,
];
/** Not kinds of files that a program can map. */
const NEVER_MAPPED: readonly number[] = [
  FILE_KIND.directory,
  FILE_KIND.pipe,
  FILE_KIND.fifo,
  FILE_KIND.eventfd,
  FILE_KIND.epoll,
  FILE_KIND.timerfd,
  FILE_KIND.signalfd,
  FILE_KIND.inotify,
  FILE_KIND.path,
];

interface Doubtful {
  readonly vma: Vma;
  /** Its place in the plan. */
  readonly name: () => string;
  readonly mm: Mm;
  readonly index: number;
}

/**
 * The VMAs that an invariant may have something against. There are thousands, and nearly all of them are told to be sound
 * by one look for all invariants.
 */
function eachDoubtful(
  subject: Subject,
  visit: (vma: Vma, name: () => string, mm: Mm, index: number) => void,
): void {
  const found = doubtful(subject);
  for (let at = 0; at < found.length; at++) {
    const { vma, name, mm, index } = found[at] as Doubtful;
    visit(vma, name, mm, index);
  }
}

const doubtful = oncePer(({ plan }: Subject): readonly Doubtful[] =>
  plan.mm.flatMap((mm, at) =>
    doubtfulOf(mm, plan).map((index) => {
      const name = () => `mm[${at}].vmas[${index}]`;
      return { vma: mm.vmas[index] as Vma, name, mm, index };
    }),
  ),
);

function doubtfulOf({ vmas, taskSize }: Mm, { file }: Plan): readonly number[] {
  const found: number[] = [];
  const highest = Number(taskSize);
  let lowest = MMAP_MIN_ADDR;
  for (let index = 0; index < vmas.length; index++) {
    const { start, end, offset, kind, backing, guards } = vmas[index] as Vma;
    const isPlaced = start >= lowest && end > start && end <= highest;
    const isAligned = ((start | end | offset) & (PAGE_BYTES - 1)) === 0;
    const isOrdinary =
      kind === VMA_KIND.anonymous ||
      (kind === VMA_KIND.file_private && backing !== null && file[backing]?.kind === FILE_KIND.regular);
    if (!isPlaced || !isAligned || !isOrdinary || guards.length > 0) found.push(index);
    if (end > lowest) lowest = end;
  }
  return found;
}

export const MEMORY: readonly Invariant[] = [
  {
    name: 'vmas-apart',
    severity: 'error',
    why: 'VMAs stand in the order of addresses and do not overlap: a fixed mapping over another would remove it.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ start, end }, name, mm, index) => {
        const before = index === 0 ? 0 : (mm.vmas[index - 1]?.end ?? 0);
        if (start < before) report(name(), `begins at ${hex(start)}, before ${hex(before)}`);
        else if (end <= start) report(name(), `ends at ${hex(end)}, where it begins or before`);
      });
    },
  },
  {
    name: 'vmas-aligned',
    severity: 'error',
    why: 'VMAs begin and end at page boundaries, and their offsets lie on them.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ start, end, offset }, name) => {
        if (start % PAGE_BYTES || end % PAGE_BYTES || offset % PAGE_BYTES) {
          report(name(), `is ${hex(start)}-${hex(end)} at ${hex(offset)}`);
        }
      });
    },
  },
  {
    name: 'vmas-in-user-space',
    severity: 'error',
    why: 'VMAs lie between the lowest address that may be mapped and the end of user addresses.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ start, end }, name, mm) => {
        if (start < MMAP_MIN_ADDR) report(name(), `begins at ${hex(start)}`);
        if (end > mm.taskSize) report(name(), `ends at ${hex(end)}`);
      });
    },
  },
  {
    name: 'mappings-backed',
    severity: 'error',
    why: 'A mapping of a file or of shared memory says of which.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ kind, backing }, name) => {
        if (BACKED_KINDS.includes(kind) && backing === null) report(name(), 'is a mapping of nothing');
      });
    },
  },
  {
    name: 'mappable-files',
    severity: 'error',
    why: 'What is mapped is a file that can be mapped: no directory, pipe or event object.',
    executor: 'loses the process (ENODEV)',
    find: (subject, report) => {
      eachDoubtful(subject, ({ kind, backing }, name) => {
        if (backing === null || (kind !== VMA_KIND.file_private && kind !== VMA_KIND.file_shared)) return;
        const file = subject.plan.file[backing];
        if (file && NEVER_MAPPED.includes(file.kind)) report(name(), `maps file[${backing}], ${file.path}`);
      });
    },
  },
  {
    name: 'shared-pages-with-their-object',
    severity: 'error',
    why: "Pages of shared mappings are the file's or the shared memory's, and stand there once.",
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ kind, pages }, name) => {
        if (SHARED_KINDS.includes(kind) && pages.length > 0)
          report(name(), 'is shared, and has pages of its own');
      });
    },
  },
  {
    name: 'guards-within-owner',
    severity: 'error',
    why: 'Guards of a VMA are whole pages of it, in the order of addresses, without overlap.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, (vma, name) => {
        let at = vma.start;
        for (const { start, end } of vma.guards) {
          const placed = start >= at && end > start && end <= vma.end;
          if (!placed || start % PAGE_BYTES !== 0 || end % PAGE_BYTES !== 0)
            report(name(), `has a guard at ${hex(start)}-${hex(end)}`);
          at = Math.max(at, end);
        }
      });
    },
  },
  {
    name: 'guards-empty',
    severity: 'error',
    why: 'Where there is a guard there is no page: to install it would throw the page away.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachDoubtful(subject, ({ guards, pages }, name) => {
        let at = 0;
        for (const { start, end } of guards) {
          while (at < pages.length && endOfRun(pages[at] as PageRun) <= start) at++;
          const { address } = pages[at] ?? { address: end };
          if (address < end)
            report(name(), `has a guard at ${hex(start)}-${hex(end)}, and pages at ${hex(address)}`);
        }
      });
    },
  },
  {
    name: 'bounds-ordered',
    severity: 'error',
    why: 'Bounds of code, data, heap, arguments and environment are in order: PR_SET_MM_MAP gives EINVAL else.',
    executor: 'loses the process',
    find: ({ plan }, report) => {
      plan.mm.forEach((mm, index) => {
        checkBounds(mm, `mm[${index}]`, report);
      });
    },
  },
  {
    name: 'vdso-in-place',
    severity: 'error',
    why: 'The vDSO is where the process knows it to be: pointers into it lie in its memory.',
    executor: 'loses the process',
    find: ({ plan }, report) => {
      plan.mm.forEach(({ vdso, vmas }, index) => {
        const found = vmas.find(({ kind }) => kind === VMA_KIND.vdso);
        if ((found?.start ?? 0) !== vdso) {
          report(
            `mm[${index}]`,
            `has its vDSO at ${hex(vdso)}, and a VMA of it at ${hex(found?.start ?? 0)}`,
          );
        }
      });
    },
  },
  {
    name: 'vdso-known',
    severity: 'warning',
    why: "Processes call into their vDSO at addresses that they know: the crash kernel's must be the same, which its build id tells.",
    executor: 'maps its own, and does not know whether it is the same',
    find: ({ plan }, report) => {
      const first = plan.mm.findIndex(({ vdso }) => vdso !== 0);
      if (first !== -1 && plan.vdsoImage.length === 0)
        report(`mm[${first}]`, 'has a vDSO, and the plan does not tell which');
    },
  },
  {
    name: 'auxv-whole',
    severity: 'warning',
    why: 'The auxiliary vector is made of pairs and ends with AT_NULL.',
    executor: "leaves the helper's vector in /proc",
    find: ({ plan }, report) => {
      plan.mm.forEach(({ auxv }, index) => {
        const ends = auxv.length > 0 && auxv.subarray(-AUXV_ENTRY_BYTES, -8).every((byte) => byte === 0);
        if (auxv.length % AUXV_ENTRY_BYTES !== 0 || !ends) {
          report(
            `mm[${index}].auxv`,
            `has ${auxv.length} bytes${ends ? '' : ', without AT_NULL at its end'}`,
          );
        }
      });
    },
  },
  {
    name: 'program-named',
    severity: 'warning',
    why: 'The path of the program is known: /proc/PID/exe leads to it.',
    executor: 'leaves the helper as /proc/PID/exe',
    find: ({ plan }, report) => {
      plan.mm.forEach(({ exe }, index) => {
        if (exe === '') report(`mm[${index}]`, 'has no program');
      });
    },
  },
];

function checkBounds(mm: Mm, object: string, report: Report): void {
  const highest = Number(mm.taskSize);
  BOUNDS.forEach(([first, last]) => {
    if (mm[first] !== 0 && mm[first] < MMAP_MIN_ADDR) report(object, `has ${first} ${hex(mm[first])}`);
    if (mm[first] > mm[last])
      report(object, `has ${first} ${hex(mm[first])} behind ${last} ${hex(mm[last])}`);
    else if (mm[last] > highest)
      report(object, `has ${last} ${hex(mm[last])} behind the end of user addresses`);
  });
}
