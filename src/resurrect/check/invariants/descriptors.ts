// Descriptors, open file descriptions, files (fs/file.c, fs/open.c, fs/locks.c).

import {
  type Descriptor,
  FILE_KIND,
  FILE_KIND_TARGET,
  type File,
  INODE_FLAG,
  LOCK_KIND,
  LOCK_TYPE,
} from '../../abi/records/files.js';
import { PROCESS_STATE, RESOURCE_LIMIT } from '../../abi/records/processes.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import { THREAD_FLAG } from '../../abi/records/threads.js';
import type { Invariant } from '../invariant.js';
import type { Subject } from '../subject.js';

const MODE_TYPE = 0o170000;
const TYPES: Readonly<Record<number, readonly number[]>> = {
  [FILE_KIND.regular]: [0o100000],
  [FILE_KIND.directory]: [0o040000],
  [FILE_KIND.device]: [0o020000, 0o060000],
};
const ACCESS_MODE = 3;
const O_PATH = 0o10000000;
/** Kinds whose target may be gone. */
const MAY_LACK: readonly number[] = [FILE_KIND.refused, FILE_KIND.pidfd];
/** sysctl fs.nr_open, unless somebody raises it. */
const NR_OPEN = 1024 * 1024;

/** Files are by the thousand: the name is made where it is reported. */
function eachFile({ plan }: Subject, visit: (file: File, index: number) => void): void {
  plan.file.forEach(visit);
}

export const DESCRIPTORS: readonly Invariant[] = [
  {
    name: 'descriptors-ordered',
    severity: 'error',
    why: "Descriptors stand in the order of their numbers, each once, below the kernel's bound.",
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.fileTable.forEach(({ descriptors }, index) => {
        let before = -1;
        for (let at = 0; at < descriptors.length; at++) {
          const { fd } = descriptors[at] as Descriptor;
          if (fd <= before || fd >= NR_OPEN) {
            const why = fd <= before ? `is ${fd}, behind ${before}` : `is ${fd}`;
            report(`fileTable[${index}].descriptors[${at}]`, why);
          }
          before = fd;
        }
      });
    },
  },
  {
    name: 'descriptors-within-limit',
    severity: 'warning',
    why: 'A descriptor beyond the hard limit of descriptors can be kept only by lifting the limit meanwhile.',
    executor: 'lifts the limit until descriptors are in place',
    find: ({ plan }, report) => {
      plan.process.forEach((process, index) => {
        const limit = process.limits.find(({ resource }) => resource === RESOURCE_LIMIT.nofile);
        const table = process.threads[0]?.files;
        if (limit === undefined || table === null || table === undefined) return;
        const highest = plan.fileTable[table]?.descriptors.at(-1)?.fd ?? -1;
        if (BigInt(highest) >= limit.hard)
          report(`process[${index}]`, `has descriptor ${highest}, and may have ${limit.hard}`);
      });
    },
  },
  {
    name: 'running-have-descriptors',
    severity: 'error',
    why: 'Threads that go on have a table of descriptors, if only an empty one, and directories.',
    executor: 'refuses the plan',
    find: ({ threads }, report) => {
      for (const { object, process, thread } of threads) {
        const ended = process.state === PROCESS_STATE.zombie || (thread.flags & THREAD_FLAG.ended) !== 0;
        if (ended) continue;
        if (thread.files === null || thread.fs === null)
          report(object, 'has no descriptors or no directories');
      }
    },
  },
  {
    name: 'files-lead-somewhere',
    severity: 'error',
    why: 'An open file leads to what it is open on; only what was refused, and the process of a pidfd, may be missing.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachFile(subject, ({ kind, target, path }, index) => {
        const leads = FILE_KIND_TARGET[kind] !== undefined && !MAY_LACK.includes(kind);
        if (leads && target === null) report(`file[${index}]`, `(${path}) leads nowhere`);
      });
    },
  },
  {
    name: 'refused-files-explained',
    severity: 'error',
    why: 'A file that cannot be restored is named by a refusal: nothing is dropped silently.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      const named = new Set(
        subject.plan.refusal.filter(({ kind }) => kind === REFUSED_KIND.file).map(({ object }) => object),
      );
      eachFile(subject, ({ kind, path }, index) => {
        if (kind === FILE_KIND.refused && !named.has(index))
          report(`file[${index}]`, `(${path}) is refused, and no refusal says why`);
      });
    },
  },
  {
    name: 'file-types-agree',
    severity: 'error',
    why: 'A file is of the type that its inode says: a directory is not opened as a file.',
    executor: 'loses the descriptor',
    find: (subject, report) => {
      eachFile(subject, ({ kind, target, path }, index) => {
        const types = TYPES[kind];
        const inode = target === null ? undefined : subject.plan.inode[target];
        if (types === undefined || inode === undefined) return;
        const type = inode.mode & MODE_TYPE;
        if (!types.includes(type)) report(`file[${index}]`, `(${path}) is of type 0${type.toString(8)}`);
      });
    },
  },
  {
    name: 'path-files-by-path',
    severity: 'error',
    why: 'O_PATH and the kind `path` go together: such a file can be opened whatever it is.',
    executor: 'refuses the plan',
    find: (subject, report) => {
      eachFile(subject, ({ kind, flags, path }, index) => {
        if ((kind === FILE_KIND.path) !== ((flags & O_PATH) !== 0)) {
          if (kind !== FILE_KIND.refused)
            report(`file[${index}]`, `(${path}) has flags 0${flags.toString(8)}`);
        }
      });
    },
  },
  {
    name: 'access-modes-valid',
    severity: 'error',
    why: 'A file is open for reading, writing or both.',
    executor: 'loses the descriptor',
    find: (subject, report) => {
      eachFile(subject, ({ kind, flags, path }, index) => {
        if ((flags & ACCESS_MODE) === ACCESS_MODE && kind !== FILE_KIND.device) {
          report(`file[${index}]`, `(${path}) has access mode 3`);
        }
      });
    },
  },
  {
    name: 'offsets-valid',
    severity: 'error',
    why: 'Offsets are not negative: lseek(2) gives EINVAL.',
    executor: 'leaves the offset at 0',
    find: (subject, report) => {
      eachFile(subject, ({ kind, position, path }, index) => {
        if (kind === FILE_KIND.regular && position < 0n)
          report(`file[${index}]`, `(${path}) stands at ${position}`);
      });
    },
  },
  {
    name: 'files-named',
    severity: 'error',
    why: 'What is opened again by its path has one, from the root.',
    executor: 'loses the descriptor',
    find: ({ plan }, report) => {
      plan.inode.forEach(({ path, flags }, index) => {
        const deleted = (flags & INODE_FLAG.deleted) !== 0;
        if (!deleted && !path.startsWith('/'))
          report(`inode[${index}]`, `has the path ${JSON.stringify(path)}`);
      });
    },
  },
  {
    name: 'locks-compatible',
    severity: 'error',
    why: 'Two owners do not hold locks that exclude each other: the second would wait for ever.',
    executor: 'leaves the second lock out',
    find: ({ plan }, report) => {
      plan.lock.forEach((lock, index) => {
        const object = `lock[${index}]`;
        if (lock.start > lock.end) report(object, `is from ${lock.start} to ${lock.end}`);
        const target = plan.file[lock.file]?.target;
        const clash = plan.lock.findIndex(
          (other, at) =>
            at < index &&
            other.kind === lock.kind &&
            lock.kind !== LOCK_KIND.lease &&
            (other.type === LOCK_TYPE.write || lock.type === LOCK_TYPE.write) &&
            plan.file[other.file]?.target === target &&
            plan.file[other.file]?.kind === plan.file[lock.file]?.kind &&
            (lock.kind === LOCK_KIND.posix ? other.process !== lock.process : other.file !== lock.file) &&
            other.start <= lock.end &&
            lock.start <= other.end,
        );
        if (clash !== -1) report(object, `excludes lock[${clash}]`);
      });
    },
  },
];
