// What of address spaces is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

const { noted, crash_procedure } = SEVERITY;

export const MEMORY_RESOURCES = {
  mapping: {
    title: 'Mappings',
    planned:
      'Every VMA in its place: anonymous memory, files private and shared, shared memory, vDSO; brk, arguments, environment, auxiliary vector.',
    refused:
      'Of devices other than /dev/zero, of objects that make their own pages (io_uring, perf), and what the kernel makes itself (uprobes).',
    severity: crash_procedure,
    crashBits: CRASH_BIT.mapping,
  },
  memory: {
    title: 'Pages',
    planned:
      'All that are the process’s own: in frames, on swap, in the swap cache, zero; transparent huge pages and hugetlb. Clean pages of files are the file’s.',
    refused: 'An address space that could not be read, or whose page tables make no sense.',
    severity: SEVERITY.fatal,
    crashBits: CRASH_BIT.memory,
  },
  poisoned_page: {
    title: 'Pages whose memory had failed',
    planned: '',
    refused: 'Their contents are lost.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
  guard_page: {
    title: 'Guard pages (MADV_GUARD_INSTALL)',
    planned: '',
    refused:
      'Guards within a VMA: a touch is no longer a fault. They are marks in page tables, and runs of a plan are of pages that hold something.',
    severity: noted,
    crashBits: CRASH_BIT.memory,
  },
  zram_swap: {
    title: 'Swap on zram',
    planned: 'Pages that are in the swap cache too.',
    refused:
      'Pages that are on zram only: its disk dies with the kernel. What lies there is compressed, and a plan names frames and slots of disks, not contents: to carry it would make a plan as large as what was swapped.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
  userfaultfd_range: {
    title: 'Memory registered with userfaultfd',
    planned: 'Its pages.',
    refused: 'That faults go to the userfaultfd.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.kernel_object,
  },
  aio: {
    title: 'AIO contexts (io_setup)',
    planned: 'Which there are, for how many requests.',
    refused: 'The ring with its completions, and requests in flight.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.async_io,
  },
  shared_memory_pages: {
    title: 'Shared memory, memfd, tmpfs files',
    planned: 'Each inode once, with its size, seals and pages by offset; from memory or swap.',
    refused: 'What is on zram only.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
} as const satisfies Record<string, Resource>;
