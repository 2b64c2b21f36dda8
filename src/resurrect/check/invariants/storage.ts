// Pages to write back, trees of tmpfs.

import type { Plan } from '../../abi/plan.js';
import type { FileTimes } from '../../abi/records/memory.js';
import { ENTRY_KIND } from '../../abi/records/storage.js';
import type { Invariant } from '../invariant.js';

const SECOND = 1_000_000_000;

/** Of each object that has any, by its name. */
function* timesOf(plan: Plan): Generator<readonly [string, readonly FileTimes[]]> {
  for (const kind of ['inode', 'sharedMemory', 'writeback'] as const) {
    for (const [index, { times }] of plan[kind].entries()) yield [`${kind}[${index}]`, times];
  }
  for (const [index, { entries }] of plan.mount.entries()) {
    for (const [at, { times }] of entries.entries()) yield [`mount[${index}].entries[${at}]`, times];
  }
}

export const STORAGE: readonly Invariant[] = [
  {
    name: 'written-once',
    severity: 'error',
    why: 'A file is written back once: the order of two would decide what it holds.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      const seen = new Set<string>();
      for (const [index, { device, inode }] of plan.writeback.entries()) {
        const key = `${device} ${inode}`;
        if (seen.has(key)) report(`writeback[${index}]`, `is of inode ${inode} again`);
        seen.add(key);
      }
    },
  },
  {
    name: 'written-files-named',
    severity: 'error',
    why: 'A file that is written back is found by its path, from the root.',
    executor: 'leaves the file as it is on disk',
    find: ({ plan }, report) => {
      for (const [index, { path }] of plan.writeback.entries()) {
        if (!path.startsWith('/')) report(`writeback[${index}]`, `has the path ${JSON.stringify(path)}`);
      }
    },
  },
  {
    name: 'times-whole',
    severity: 'error',
    why: 'A file has one time of its last change and one of its last access, each in seconds and a fraction of one.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      for (const [object, times] of timesOf(plan)) {
        if (times.length > 1) report(object, `has ${times.length} sets of times`);
        for (const { mtimeNanoseconds, atimeNanoseconds } of times) {
          const most = Math.max(mtimeNanoseconds, atimeNanoseconds);
          if (most >= SECOND) report(object, `has a time with ${most} nanoseconds`);
        }
      }
    },
  },
  {
    name: 'tmpfs-trees',
    severity: 'error',
    why: 'On a tmpfs a directory stands before what is in it, and a name once.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      for (const [index, { entries }] of plan.mount.entries()) {
        const directories = new Set(['/']);
        const seen = new Set<string>();
        for (const [at, { path, kind }] of entries.entries()) {
          const object = `mount[${index}].entries[${at}]`;
          const parent = path.slice(0, path.lastIndexOf('/')) || '/';
          if (seen.has(path)) report(object, `is ${path} again`);
          else if (path !== '/' && !directories.has(parent))
            report(object, `is ${path}, whose directory is not there`);
          seen.add(path);
          if (kind === ENTRY_KIND.directory) directories.add(path);
        }
      }
    },
  },
  {
    name: 'links-have-targets',
    severity: 'error',
    why: 'A symbolic link on a tmpfs has a target, and nothing else has.',
    executor: 'leaves the link out',
    find: ({ plan }, report) => {
      for (const [index, { entries }] of plan.mount.entries()) {
        for (const [at, { kind, target }] of entries.entries()) {
          if ((kind === ENTRY_KIND.symlink) !== (target !== '')) {
            report(`mount[${index}].entries[${at}]`, target === '' ? 'has no target' : `leads to ${target}`);
          }
        }
      }
    },
  },
];
