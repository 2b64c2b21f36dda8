import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readMessages } from '../../../../src/parsers/descriptors/ipc-message.js';
import { sysvipc } from '../../../../src/parsers/descriptors/ipc-text.js';
import { contentsOf } from '../../../../src/snapshot/bytes.js';
import type { IpcNamespace, IpcPermissions } from '../../../../src/snapshot/ipc.js';
import { MadeDescriptors } from './made-descriptors.js';

const PAGE = 4096;
const HEAD = 48;

class MadeMessages extends MadeDescriptors {
  constructor() {
    super();
    this.types.struct('msg_msg', {
      m_list: 'list_head',
      m_type: 'i64',
      m_ts: 'u64',
      next: 'ptr',
      security: 'ptr',
    });
  }

  /** A message of these bytes, in as many pages as the kernel would use; without the last of them where cut. */
  message(type: number, data: Uint8Array, isCut = false): Kva {
    const message = this.alloc(PAGE, PAGE);
    this.set(message, 'msg_msg.m_type', type);
    this.set(message, 'msg_msg.m_ts', data.length);
    this.bytes((message + HEAD) as Kva, data.subarray(0, PAGE - HEAD));
    let [link, done] = [(message + 32) as Kva, PAGE - HEAD];
    for (; done < data.length && !(isCut && done + PAGE - 8 >= data.length); done += PAGE - 8) {
      const segment = this.alloc(PAGE, PAGE);
      this.poke(link, segment);
      this.bytes((segment + 8) as Kva, data.subarray(done, done + PAGE - 8));
      link = segment;
    }
    return message;
  }

  queue(...messages: readonly Kva[]): Kva {
    const head = this.make('list_head');
    this.list(head, messages);
    return head;
  }
}

describe('messages', () => {
  const long = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);

  test('within a page, and over several', () => {
    const made = new MadeMessages();
    const short = new TextEncoder().encode('words');
    const head = made.queue(made.message(7, short), made.message(-2, long));
    const found = readMessages(made.kernel(), head);
    expect(made.faults.records).toEqual([]);
    expect(found.map(({ type }) => type)).toEqual([7, -2]);
    expect(found.map(({ contents }) => Buffer.from(contentsOf(contents)))).toEqual([
      Buffer.from(short),
      Buffer.from(long),
    ]);
  });

  test('one whose last page is gone has its length, and a fault', () => {
    const made = new MadeMessages();
    const [found] = readMessages(made.kernel(), made.queue(made.message(1, long, true)));
    expect(found?.contents.bytes).toBe(10_000);
    expect(made.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });

  test('an impossible length is a fault of that message only', () => {
    const made = new MadeMessages();
    const bad = made.message(1, long);
    made.set(bad, 'msg_msg.m_ts', 2 ** 40);
    const found = readMessages(made.kernel(), made.queue(bad, made.message(2, long.subarray(0, 3))));
    expect(found.map(({ type }) => type)).toEqual([2]);
    expect(made.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });
});

describe('/proc/sysvipc', () => {
  const perm: IpcPermissions = {
    address: '0x1',
    id: 65538,
    key: -2,
    mode: 0o1600,
    uid: 1,
    gid: 2,
    creatorUid: 3,
    creatorGid: 4,
    changed: 9,
  };
  const namespace: IpcNamespace = {
    address: '0x2',
    ns: 1,
    shm: [
      {
        ...perm,
        bytes: 4097,
        attachments: 2,
        creatorPid: 50,
        lastPid: 60,
        attached: 7,
        detached: 8,
        residentPages: 2,
        swappedPages: 1,
        inode: null,
      },
    ],
    sem: [{ ...perm, semaphores: [], operated: 5, waiting: 0, undo: [] }],
    msg: [
      {
        ...perm,
        bytes: 3,
        limit: 9,
        count: 1,
        lastSender: 5,
        lastReceiver: 6,
        sent: 7,
        received: 8,
        messages: [],
      },
    ],
    mqueue: [],
  };

  test('one line for each, in columns', () => {
    const line = (kind: 'shm' | 'sem' | 'msg') => [...sysvipc(namespace, kind)][1];
    expect(line('shm')).toBe(
      '        -2      65538  1600                  4097    50    60      2     1     2     3     4          7          8          9                  8192                  4096',
    );
    expect(line('sem')).toBe(
      '        -2      65538  1600          0     1     2     3     4          5          9',
    );
    expect(line('msg')).toBe(
      '        -2      65538  1600           3          1     5     6     1     2     3     4          7          8          9',
    );
  });
});
