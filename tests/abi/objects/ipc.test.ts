// System V and POSIX IPC of the executor: see program.ts; skipped where it cannot run.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MESSAGE_NOTIFY, type MessageQueue } from '../../../src/resurrect/abi/records/ipc.js';
import { SHARED_MEMORY_KIND, type SharedMemory } from '../../../src/resurrect/abi/records/memory.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, ObjectsProgram } from './program.js';

const OWNERS = { namespace: 1, mode: 0o640, uid: 1, gid: 2, creatorUid: 3, creatorGid: 4 };
const OWNED = { owner: '1.2', creator: '3.4', mode: '640' };

describe.skipIf(!canRun())('IPC that the executor makes', () => {
  let program: ObjectsProgram;
  beforeAll(() => {
    program = new ObjectsProgram();
  }, 300_000);
  afterAll(() => program?.close());

  function segment(maker: PlanMaker, id: number, mode: number): void {
    const base = samplePlan().sharedMemory[0] as SharedMemory;
    const pages = maker.pages('in a segment');
    const row = { ...base, kind: SHARED_MEMORY_KIND.system_v, bytes: 8192, name: '/SYSV', pages };
    const memory = maker.add('sharedMemory', row);
    maker.add('shmSegment', {
      ...OWNERS,
      mode,
      ipcId: id,
      key: 66 + id,
      memory,
      creatorPid: 77,
      bytes: 8000,
    });
  }

  test('segments have their numbers, owners and contents; one that goes with its last user has gone', () => {
    const maker = new PlanMaker();
    segment(maker, 5, 0o640);
    segment(maker, 6, 0o1600);
    const { failed, ipc } = program.run(maker);
    expect(failed).toEqual([]);
    expect([...ipc.keys()]).toEqual(['shm 5']);
    const facts = ipc.get('shm 5');
    expect(facts?.text('contents')?.slice(0, 13)).toBe('in a segment\0');
    const expected = { ...OWNED, bytes: '8000', creator_pid: '77', key: '71' };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, facts?.get(name)]))).toEqual(
      expected,
    );
  });

  test('semaphores have their values, and who set them last', () => {
    const maker = new PlanMaker();
    const semaphores = [
      { value: 3, pid: 90 },
      { value: 0, pid: 0 },
      { value: 1, pid: 91 },
      { value: 0, pid: 90 },
    ];
    maker.add('semaphoreSet', { ...OWNERS, ipcId: 9, key: 0, semaphores, undo: [] });
    const { failed, ipc } = program.run(maker);
    expect(failed).toEqual([]);
    expect(ipc.get('sem 9')?.all('value')).toEqual(['3,90', '0,0', '1,91', '0,90']);
    expect([ipc.get('sem 9')?.get('owner'), ipc.get('sem 9')?.get('creator')]).toEqual(['1.2', '3.4']);
  });

  test('what a process has to undo is undone when it ends, and changes nothing before', () => {
    const maker = new PlanMaker();
    const process = maker.process([]);
    const semaphores = [
      { value: 3, pid: 0 },
      { value: 1, pid: 0 },
    ];
    const adjustments = new Uint8Array(Int16Array.of(-1, 2).buffer);
    maker.add('semaphoreSet', { ...OWNERS, ipcId: 2, key: 0, semaphores, undo: [{ process, adjustments }] });
    const { failed, own } = program.run(maker);
    expect(failed).toEqual([]);
    expect(own.get('undo 2')?.get('error')).toBe('0');
    expect(own.get('undo 2')?.all('value')).toEqual(['3,1', '2,3']);
  });

  test.each([
    [
      'by a signal',
      { notify: MESSAGE_NOTIFY.signal, signal: 10, value: 0x37n },
      ['0', '10', '1', '10', '55'],
    ],
    ['not at all', { notify: MESSAGE_NOTIFY.none, signal: 0, value: 0n }, ['1', '0', '1', '0', '0']],
  ])('a process asks to be told of messages %s', (_how, asked, found) => {
    const maker = new PlanMaker();
    const queue = maker.add('messageQueue', {
      ...{
        ...OWNERS,
        ipcId: 0,
        key: 0,
        posix: 1,
        messageLimit: 4,
        byteLimit: 64,
        name: '/asked',
        messages: [],
      },
      ...{ lastSender: 0, lastReceiver: 0, notification: [{ process: 0, ...asked }] },
    });
    maker.process([[700, maker.file('message_queue', queue, '/asked', { flags: 2 })]]);
    const { failed, own } = program.run(maker);
    expect(failed).toEqual([]);
    const told = own.get('asked 0');
    expect(told?.get('error')).toBe('0');
    expect(['kind', 'signal', 'mine', 'told', 'value'].map((each) => told?.get(each))).toEqual(found);
  });

  test('message queues have their messages, in their order', () => {
    const maker = new PlanMaker();
    const message = (type: bigint, text: string) => ({ type, contents: Buffer.from(text) });
    const queue = (row: Partial<MessageQueue>): MessageQueue => ({
      ...{
        ...OWNERS,
        ipcId: 0,
        key: 0,
        posix: 0,
        messageLimit: 0,
        byteLimit: 1000,
        notification: [],
        name: '',
        messages: [],
        lastSender: 0,
        lastReceiver: 0,
        ...row,
      },
    });
    const posix = { posix: 1, messageLimit: 4, byteLimit: 64 };
    maker.add('messageQueue', queue({ ipcId: 4, key: 5, messages: [message(7n, 'first'), message(2n, '')] }));
    const used = { lastSender: 4321, lastReceiver: 4322 };
    maker.add('messageQueue', queue({ ...used, ipcId: 5, messages: [message(1n, 'waits')] }));
    maker.add('messageQueue', queue({ ...used, lastReceiver: 4321, ipcId: 6 }));
    const two = [message(1n, 'one'), message(2n, 'two')];
    maker.add('messageQueue', queue({ lastSender: 4322, ipcId: 7, messages: two }));
    const messages = [message(9n, 'urgent'), message(1n, 'a'), message(1n, 'b')];
    const named = maker.add('messageQueue', queue({ ...posix, name: '/named', messages }));
    const gone = maker.add('messageQueue', queue({ ...posix, messages: [message(0n, 'kept')] }));
    const files = [
      maker.file('message_queue', named, '/named', { flags: 0o4002 }),
      maker.file('message_queue', named, '/named', { flags: 0 }),
      maker.file('message_queue', gone, '/gone (deleted)', { flags: 2 }),
    ];
    const { failed, left, ipc, files: facts } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(ipc.get('msg 4')?.all('type')).toEqual(['7', '2']);
    expect(ipc.get('msg 4')?.texts('read')).toEqual(['first', '']);
    expect(ipc.get('msg 4')?.get('limit')).toBe('1000');
    expect(['msg 5', 'msg 6', 'msg 7'].map((each) => ipc.get(each)?.get('users'))).toEqual([
      '4321,4322',
      '4321,4321',
      '4322,0',
    ]);
    expect(['msg 5', 'msg 6', 'msg 7'].map((each) => ipc.get(each)?.texts('read'))).toEqual([
      ['waits'],
      [],
      ['one', 'two'],
    ]);
    const [first, second, third] = files.map((file) => facts.get(file));
    expect(first?.all('priority')).toEqual(['9', '1', '1']);
    expect(first?.texts('read')).toEqual(['urgent', 'a', 'b']);
    expect([first, second, third].map((each) => each?.get('flags'))).toEqual(['4002', '0', '2']);
    expect(first?.get('owner')).toBe('1.2');
    expect(third?.text('link')).toBe('/gone (deleted)');
    expect(third?.texts('read')).toEqual(['kept']);
  });
});
