// System V and POSIX IPC (ipc/{util,shm,sem,msg,mqueue}.c).

import type { Plan } from '../../abi/plan.js';
import { FILE_KIND } from '../../abi/records/files.js';
import type { Invariant } from '../invariant.js';

const SEMVMX = 32767;
const ADJUSTMENT_BYTES = 2;

interface Keyed {
  readonly namespace: number | null;
  readonly ipcId: number;
  readonly key: number;
  /** Queues of POSIX have a name instead. */
  readonly posix?: number;
}

function hasQueue({ process, fileTable, file }: Plan, index: number, queue: number): boolean {
  const tables = process[index]?.threads.map(({ files }) => fileTable[files as number]) ?? [];
  return tables.some((table) =>
    table?.descriptors.some(({ file: open }) => {
      const found = file[open];
      return found?.kind === FILE_KIND.message_queue && found.target === queue;
    }),
  );
}

export const IPC: readonly Invariant[] = [
  {
    name: 'ipc-ids-unique',
    severity: 'error',
    why: "Identifiers and keys are unique within a namespace and kind; key 0 is nobody's.",
    executor: 'loses the second object (EEXIST)',
    find: ({ plan }, report) => {
      const check = (kind: string, objects: readonly Keyed[]) => {
        const seen = new Set<string>();
        for (const [index, { namespace, ipcId, key, posix }] of objects.entries()) {
          if (posix === 1) continue;
          const names = [`id ${namespace} ${ipcId}`, ...(key === 0 ? [] : [`key ${namespace} ${key}`])];
          if (names.some((name) => seen.has(name)))
            report(`${kind}[${index}]`, `has id ${ipcId} and key ${key} of another`);
          for (const name of names) seen.add(name);
        }
      };
      check('shmSegment', plan.shmSegment);
      check('semaphoreSet', plan.semaphoreSet);
      check('messageQueue', plan.messageQueue);
    },
  },
  {
    name: 'segments-fit',
    severity: 'error',
    why: 'A segment of shared memory is no larger than the memory behind it, rounded to pages.',
    executor: 'loses the segment',
    find: ({ plan }, report) => {
      plan.shmSegment.forEach(({ bytes, memory }, index) => {
        const size = plan.sharedMemory[memory]?.bytes ?? 0;
        if (bytes > size) report(`shmSegment[${index}]`, `has ${bytes} bytes, and its memory ${size}`);
      });
    },
  },
  {
    name: 'semaphore-values',
    severity: 'error',
    why: 'Semaphores are at most 32767 (ERANGE), and what is undone names each of the set.',
    executor: 'loses the set',
    find: ({ plan }, report) => {
      plan.semaphoreSet.forEach(({ semaphores, undo }, index) => {
        semaphores.forEach(({ value }, at) => {
          if (value > SEMVMX) report(`semaphoreSet[${index}].semaphores[${at}]`, `is ${value}`);
        });
        undo.forEach(({ adjustments }, at) => {
          if (adjustments.length !== semaphores.length * ADJUSTMENT_BYTES) {
            report(
              `semaphoreSet[${index}].undo[${at}]`,
              `has ${adjustments.length} bytes for ${semaphores.length} semaphores`,
            );
          }
        });
      });
    },
  },
  {
    name: 'notified-has-queue',
    severity: 'error',
    why: 'Who is told of messages has the queue open: closing it takes the asking back, and mq_notify(3) needs a descriptor.',
    executor: 'loses the process (EBADF)',
    find: ({ plan }, report) => {
      plan.messageQueue.forEach(({ notification }, index) => {
        for (const { process } of notification)
          if (!hasQueue(plan, process, index))
            report(`messageQueue[${index}]`, `tells process[${process}], which does not have it open`);
      });
    },
  },
  {
    name: 'messages-fit',
    severity: 'error',
    why: 'Messages fit their queue: those of POSIX in number and size, those of System V in bytes, with types above 0.',
    executor: 'loses the messages that do not fit',
    find: ({ plan }, report) => {
      plan.messageQueue.forEach(({ posix, messages, messageLimit, byteLimit }, index) => {
        const object = `messageQueue[${index}]`;
        if (posix !== 0 && messages.length > messageLimit)
          report(object, `has ${messages.length} messages of ${messageLimit}`);
        messages.forEach(({ type, contents }, at) => {
          if (contents.length > byteLimit)
            report(`${object}.messages[${at}]`, `has ${contents.length} bytes`);
          if (posix === 0 ? type <= 0n : type < 0n) report(`${object}.messages[${at}]`, `has type ${type}`);
        });
      });
    },
  },
];
