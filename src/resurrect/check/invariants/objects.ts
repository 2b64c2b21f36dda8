// Pipes and the objects of events (fs/{pipe,eventfd,eventpoll,timerfd}.c, fs/notify/inotify).

import { PAGE_BYTES } from '../../abi/page-run.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { Invariant } from '../invariant.js';

const ACCESS_MODE = 3;
const O_WRONLY = 1;
const O_RDONLY = 0;
/** F_SETPIPE_SZ beyond it takes CAP_SYS_RESOURCE, which the executor has; the kernel's own bound is 2^31 bytes. */
const MOST_BUFFERS = 2 ** 31 / PAGE_BYTES;
/** CLOCK_REALTIME, MONOTONIC, BOOTTIME, and the two that wake the machine (fs/timerfd.c). */
const TIMERFD_CLOCKS = [0, 1, 7, 8, 9];
/** EP_MAX_NESTS. */
const DEEPEST_NEST = 4;

export const OBJECTS: readonly Invariant[] = [
  {
    name: 'pipe-contents-fit',
    severity: 'error',
    why: 'What is unread in a pipe fits in its buffers, none of which is empty.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.pipe.forEach(({ capacity, buffers }, index) => {
        const object = `pipe[${index}]`;
        if (capacity === 0 || capacity > MOST_BUFFERS) report(object, `has room for ${capacity} buffers`);
        else if (buffers.length > capacity)
          report(object, `has ${buffers.length} buffers, and room for ${capacity}`);
        if (buffers.some(({ contents }) => contents.length === 0)) report(object, 'has an empty buffer');
      });
    },
  },
  {
    name: 'pipe-ends-in-plan',
    severity: 'warning',
    why: 'Both ends of a pipe are in the plan: without readers the next write gives SIGPIPE, without writers the next read is the end.',
    executor: 'makes the pipe with the ends that it knows',
    find: ({ plan }, report) => {
      const ends = new Map<number, { read: boolean; write: boolean }>();
      plan.file.forEach(({ kind, target, flags }) => {
        if ((kind !== FILE_KIND.pipe && kind !== FILE_KIND.fifo) || target === null) return;
        const end = ends.get(target) ?? { read: false, write: false };
        end.read ||= (flags & ACCESS_MODE) !== O_WRONLY;
        end.write ||= (flags & ACCESS_MODE) !== O_RDONLY;
        ends.set(target, end);
      });
      plan.pipe.forEach(({ readers, writers, inode }, index) => {
        const end = ends.get(index);
        const object = `pipe[${index}]`;
        if (readers > 0 && end?.read !== true)
          report(object, `(pipe:[${inode}]) had readers, and the plan has none`);
        if (writers > 0 && end?.write !== true)
          report(object, `(pipe:[${inode}]) had writers, and the plan has none`);
      });
    },
  },
  {
    name: 'eventfd-counts',
    severity: 'error',
    why: 'The counter of an eventfd stays below 2^64-1.',
    executor: 'loses the descriptor (EINVAL)',
    find: ({ plan }, report) => {
      plan.eventfd.forEach(({ count, semaphore }, index) => {
        if (count === 2n ** 64n - 1n) report(`eventfd[${index}]`, `counts ${count}`);
        if (semaphore > 1) report(`eventfd[${index}]`, `has semaphore ${semaphore}`);
      });
    },
  },
  {
    name: 'timerfd-consistent',
    severity: 'error',
    why: 'A timerfd is of a clock that timers can have; one that runs knows when it expires.',
    executor: 'leaves it unarmed (EINVAL)',
    find: ({ plan }, report) => {
      plan.timerfd.forEach(({ clock, remaining, expires }, index) => {
        if (!TIMERFD_CLOCKS.includes(clock)) report(`timerfd[${index}]`, `is of clock ${clock}`);
        if (remaining !== 0n && expires === 0n)
          report(`timerfd[${index}]`, `has ${remaining} ns left, and no expiry`);
      });
    },
  },
  {
    name: 'inotify-watches-unique',
    severity: 'error',
    why: 'Watch descriptors of an inotify instance are unique, and from 1 on.',
    executor: 'leaves the second watch out',
    find: ({ plan }, report) => {
      plan.inotify.forEach(({ watches }, index) => {
        const seen = new Set<number>();
        watches.forEach(({ wd }, at) => {
          if (wd === 0 || seen.has(wd)) report(`inotify[${index}].watches[${at}]`, `is watch ${wd}`);
          seen.add(wd);
        });
      });
    },
  },
  {
    name: 'epoll-watches-unique',
    severity: 'error',
    why: 'An epoll instance watches a file once under a number (EEXIST else).',
    executor: 'leaves the second watch out',
    find: ({ plan }, report) => {
      plan.epoll.forEach(({ watches }, index) => {
        const seen = new Set<string>();
        watches.forEach(({ fd, file }, at) => {
          const key = `${fd} ${file}`;
          if (file !== null && seen.has(key))
            report(`epoll[${index}].watches[${at}]`, `watches descriptor ${fd} again`);
          seen.add(key);
        });
      });
    },
  },
  {
    name: 'epoll-without-circles',
    severity: 'error',
    why: 'Epoll instances do not watch each other in a circle, nor nest deeper than 4 (ELOOP).',
    executor: 'leaves the watch out',
    find: ({ plan }, report) => {
      const depth = (index: number, level: number): number => {
        if (level > DEEPEST_NEST) return level;
        const nested = (plan.epoll[index]?.watches ?? [])
          .map(({ file }) => (file === null ? undefined : plan.file[file]))
          .filter((file) => file?.kind === FILE_KIND.epoll && file.target !== null)
          .map((file) => depth(file?.target as number, level + 1));
        return Math.max(level, ...nested);
      };
      for (const index of plan.epoll.keys()) {
        const deepest = depth(index, 0);
        if (deepest > DEEPEST_NEST) report(`epoll[${index}]`, 'watches itself, or nests too deep');
      }
    },
  },
];
