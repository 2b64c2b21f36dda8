// Pages to write back, trees of tmpfs.

import type { Plan } from '../../abi/plan.js';
import type { FileTimes } from '../../abi/records/memory.js';
import { ENTRY_KIND } from '../../abi/records/storage.js';
import type { Invariant } from '../invariant.js';

const SECOND = 1_000_000_000;

/** Of each object that has any, by its name. */
function eachTimes(plan: Plan, visit: (times: readonly FileTimes[], object: () => string) => void): void {
  for (const kind of ['inode', 'sharedMemory', 'writeback'] as const) {
    plan[kind].forEach(({ times }, index) => {
      if (times.length > 0) visit(times, () => `${kind}[${index}]`);
    });
  }
  plan.mount.forEach(({ entries }, index) => {
    entries.forEach(({ times }, at) => {
      if (times.length > 0) visit(times, () => `mount[${index}].entries[${at}]`);
    });
  });
}

export const STORAGE: readonly Invariant[] = [
  {
    name: 'written-once',
    severity: 'error',
    why: 'A file is written back once: the order of two would decide what it holds.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      const seen = new Set<string>();
      plan.writeback.forEach(({ device, inode }, index) => {
        const key = `${device} ${inode}`;
        if (seen.has(key)) report(`writeback[${index}]`, `is of inode ${inode} again`);
        seen.add(key);
      });
    },
  },
  {
    name: 'written-files-named',
    severity: 'error',
    why: 'A file that is written back is found by its path, from the root.',
    executor: 'leaves the file as it is on disk',
    find: ({ plan }, report) => {
      plan.writeback.forEach(({ path }, index) => {
        if (!path.startsWith('/')) report(`writeback[${index}]`, `has the path ${JSON.stringify(path)}`);
      });
    },
  },
  {
    name: 'times-whole',
    severity: 'error',
    why: 'A file has one time of its last change and one of its last access, each in seconds and a fraction of one.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      eachTimes(plan, (times, object) => {
        if (times.length > 1) report(object(), `has ${times.length} sets of times`);
        times.forEach(({ mtimeNanoseconds, atimeNanoseconds }) => {
          const most = Math.max(mtimeNanoseconds, atimeNanoseconds);
          if (most >= SECOND) report(object(), `has a time with ${most} nanoseconds`);
        });
      });
    },
  },
  {
    name: 'tmpfs-trees',
    severity: 'error',
    why: 'On a tmpfs a directory stands before what is in it, and a name once.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.mount.forEach(({ entries }, index) => {
        const directories = new Set(['/']);
        const seen = new Set<string>();
        entries.forEach(({ path, kind }, at) => {
          const object = `mount[${index}].entries[${at}]`;
          const parent = path.slice(0, path.lastIndexOf('/')) || '/';
          if (seen.has(path)) report(object, `is ${path} again`);
          else if (path !== '/' && !directories.has(parent))
            report(object, `is ${path}, whose directory is not there`);
          seen.add(path);
          if (kind === ENTRY_KIND.directory) directories.add(path);
        });
      });
    },
  },
  {
    name: 'links-have-targets',
    severity: 'error',
    why: 'A symbolic link on a tmpfs has a target, and nothing else has.',
    executor: 'leaves the link out',
    find: ({ plan }, report) => {
      plan.mount.forEach(({ entries }, index) => {
        entries.forEach(({ kind, target }, at) => {
          if ((kind === ENTRY_KIND.symlink) !== (target !== '')) {
            report(`mount[${index}].entries[${at}]`, target === '' ? 'has no target' : `leads to ${target}`);
          }
        });
      });
    },
  },
];
