// What of address spaces is planned, and what is refused.

import { CRASH_BIT, SEVERITY } from '../../abi/records/refusals.js';
import type { Resource } from './resource.js';

const { crash_procedure } = SEVERITY;

export const MEMORY_RESOURCES = {
  mapping: {
    title: 'Mappings',
    planned:
      'Every VMA in its place: anonymous memory, files private and shared, shared memory, vDSO; guard pages (MADV_GUARD_INSTALL); brk, arguments, environment, auxiliary vector.',
    refused:
      'Of devices other than /dev/zero, of objects that make their own pages (io_uring, perf), and what the kernel makes itself (uprobes).',
    severity: crash_procedure,
    crashBits: CRASH_BIT.mapping,
  },
  memory: {
    title: 'Pages',
    planned:
      'All that are the process’s own: in frames, on swap, in the swap cache, on zram, zero; transparent huge pages and hugetlb. Clean pages of files are the file’s.',
    refused:
      'An address space that could not be read, whose page tables make no sense, or of which a part was in none: the kernel was making it a huge page.',
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
  zram_swap: {
    title: 'Swap on zram',
    planned: 'The contents of its pages, which the plan carries, decompressed: 32 MiB of them.',
    refused:
      'What is beyond that, and pages that cannot be read: written back to a disk, compressed in a way that is not known.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
  userfaultfd_range: {
    title: 'Memory registered with userfaultfd',
    planned: 'Its pages.',
    refused: 'That faults go to the userfaultfd, and which pages were write-protected for it.',
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
    refused: 'What is on zram and cannot be read, or is more than a plan carries.',
    severity: crash_procedure,
    crashBits: CRASH_BIT.memory,
  },
} as const satisfies Record<string, Resource>;
