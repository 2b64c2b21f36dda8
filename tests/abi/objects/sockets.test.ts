// Sockets of the executor: see program.ts; skipped where it cannot run.
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Packet,
  SOCKET_FLAG,
  SOCKET_STATE,
  type Socket,
} from '../../../src/resurrect/abi/records/sockets.js';
import { ENTRY_KIND } from '../../../src/resurrect/abi/records/storage.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { loopback } from '../../unit/helpers/sample-plan/sockets.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, ObjectsProgram } from './program.js';

const NONE = new Uint8Array(0);
const [STREAM, DGRAM, SEQPACKET] = [1, 2, 5];
const EPROTONOSUPPORT = 93;
const { unconnected, listening, connected } = SOCKET_STATE;

/** sockaddr_un. */
const unix = (name: string): Uint8Array => Uint8Array.from([1, 0, ...Buffer.from(name)]);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const packet = (contents: string, more: Partial<Packet> = {}): Packet => ({
  ...{ contents: Buffer.from(contents), from: NONE, files: [], pid: 0, uid: 0, gid: 0, ...more },
});

describe.skipIf(!canRun())('sockets that the executor makes', () => {
  let program: ObjectsProgram;
  beforeAll(() => {
    program = new ObjectsProgram();
  }, 300_000);
  afterAll(() => program?.close());

  function add(maker: PlanMaker, row: Partial<Socket>): number {
    const base = { ...(samplePlan().socket[0] as Socket), peer: null, peerPid: 0, queue: [] };
    return maker.add('socket', { ...base, state: unconnected, ...row });
  }
  const open = (maker: PlanMaker, socket: number | null, flags = 2) =>
    maker.file('socket', socket, 'socket:[60]', { flags });

  /** Two sockets that are each other's peers, and their files. */
  function couple(maker: PlanMaker, first: Partial<Socket>, second: Partial<Socket>) {
    const one = add(maker, { state: connected, ...first });
    const two = add(maker, { state: connected, peer: one, ...second });
    maker.change('socket', one, { peer: two });
    return { one, two, files: [open(maker, one), open(maker, two, 0o4002)] as const };
  }

  test.each([
    ['stream', STREAM, ['unread by one']],
    ['datagram', DGRAM, ['unread ', '', 'by one']],
    ['seqpacket', SEQPACKET, ['unread ', 'by one']],
  ])('pairs of the type %s have their queues, and who made them', (_, type, reads) => {
    const maker = new PlanMaker();
    const queue = (type === DGRAM ? ['unread ', '', 'by one'] : ['unread ', 'by one']).map((text) =>
      packet(text),
    );
    const pair = { type, peerPid: 4321, uid: 12 };
    const { files } = couple(
      maker,
      { ...pair, queue, flags: SOCKET_FLAG.keepalive },
      { ...pair, receiveLimit: 8192, sendLimit: 10000, flags: SOCKET_FLAG.send_buffer_set },
    );
    const outcome = program.run(maker);
    expect([outcome.failed, outcome.left]).toEqual([[], []]);
    const [one, two] = files.map((file) => outcome.files.get(file));
    expect(one?.texts('read')).toEqual(reads);
    expect(two?.texts('read')).toEqual([]);
    expect([one?.get('type'), one?.get('domain')]).toEqual([String(type), '1']);
    expect([one, two].map((facts) => facts?.get('peercred'))).toEqual(['4321,12,12', '4321,12,12']);
    expect([one?.get('keepalive'), two?.get('keepalive')]).toEqual(['1', '0']);
    expect([one?.get('rcvbuf'), two?.get('rcvbuf')]).toEqual(['212992', '8192']);
    // A limit that the program had not asked for is none that it has asked for now.
    expect([one?.get('buflock'), two?.get('buflock')]).toEqual(['0', '1']);
    expect([one?.get('flags'), two?.get('flags')]).toEqual(['2', '4002']);
  });

  test('descriptors and credentials on their way arrive', () => {
    const maker = new PlanMaker();
    const pipe = { inode: 50n, capacity: 16, readers: 1, writers: 1, path: '', buffers: [] };
    const end = maker.file('pipe', maker.add('pipe', pipe), 'pipe:[50]', { flags: 1 });
    const event = maker.file('eventfd', maker.add('eventfd', { count: 1n, semaphore: 0 }), '', { flags: 2 });
    const files = [{ file: end }, { file: event }, { file: null }];
    // 1 is the one process that there is for certain.
    const queue = [packet('with files', { files }), packet('from whom', { pid: 1, uid: 5, gid: 6 })];
    const { files: ends } = couple(
      maker,
      { type: DGRAM, queue, flags: SOCKET_FLAG.pass_credentials },
      { type: DGRAM },
    );
    const { failed, left, files: facts } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    const received = facts.get(ends[0]);
    expect(received?.texts('read')).toEqual(['with files', 'from whom']);
    expect(received?.all('credentials')[1]).toBe('1,5,6');
    const links = received?.texts('link') ?? [];
    expect(links.slice(1)).toEqual([facts.get(end)?.text('link'), 'anon_inode:[eventfd]']);
  });

  test('listeners have their names, accepted connections, and those that wait', () => {
    const maker = new PlanMaker();
    const local = unix(`${join(program.disk, 'listener')}\0`);
    const server = add(maker, { local, state: listening, backlog: 3, peerPid: 700, uid: 9 });
    const accepted = { local, peerPid: 800, queue: [packet('to the server')] };
    const { files } = couple(maker, accepted, { peerPid: 700, uid: 8, queue: [packet('to the client')] });
    const embryo = { inode: 0n, flags: SOCKET_FLAG.embryo, state: connected, local };
    const waiting = add(maker, { ...embryo, peerPid: 801, queue: [packet('hello')] });
    const client = add(maker, { state: connected, peer: waiting, peerPid: 700, remote: local });
    maker.change('socket', waiting, { peer: client });
    const gone = add(maker, { ...embryo, queue: [packet('farewell')] });
    const pending = [waiting, gone].map((socket) => ({ socket, remote: NONE }));
    maker.change('socket', server, { pending });
    const listener = open(maker, server);
    const outcome = program.run(maker);
    expect([outcome.failed, outcome.left]).toEqual([[], []]);
    const [one, two] = files.map((file) => outcome.files.get(file));
    const facts = outcome.files.get(listener);
    expect([facts?.get('listens'), facts?.get('name'), facts?.get('peercred')]).toEqual([
      '1',
      hex(local),
      '700,9,9',
    ]);
    expect([one?.get('name'), one?.get('peercred')]).toEqual([hex(local), '800,8,8']);
    expect([two?.get('peer'), two?.get('peercred')]).toEqual([hex(local), '700,9,9']);
    expect([one?.texts('read'), two?.texts('read')]).toEqual([['to the server'], ['to the client']]);
    expect(facts?.all('accepted').length).toBe(2);
    expect(facts?.texts('read')).toEqual(['hello', 'farewell', '']);
  });

  test('names stay with those who have them: a path that another file has now, and one without a listener', () => {
    const maker = new PlanMaker();
    const [taken, closed] = [join(program.disk, 'taken'), join(program.disk, 'closed')];
    writeFileSync(taken, 'a file');
    const file = open(maker, add(maker, { type: DGRAM, local: unix(`${taken}\0`) }));
    const { files } = couple(maker, { local: unix(`${closed}\0`) }, {});
    const abstract = unix('\0abstract');
    const server = open(
      maker,
      add(maker, { type: SEQPACKET, local: abstract, state: listening, backlog: 1 }),
    );
    const { files: within } = couple(maker, { type: SEQPACKET, local: abstract }, { type: SEQPACKET });
    const before = program.onDisk();
    const { failed, files: facts } = program.run(maker);
    expect(failed).toEqual([]);
    expect(facts.get(file)?.get('name')).toBe(hex(unix(`${taken}\0`)));
    expect(facts.get(files[0])?.get('name')).toBe(hex(unix(`${closed}\0`)));
    expect([server, within[0]].map((each) => facts.get(each)?.get('name'))).toEqual([
      hex(abstract),
      hex(abstract),
    ]);
    expect(facts.get(within[1])?.get('peer')).toBe(hex(abstract));
    expect(program.onDisk()).toEqual(before);
  });

  test('what is on a tmpfs is found by whatever path led to it', () => {
    const maker = new PlanMaker();
    const root = join(program.disk, 'tmpfs');
    const way = join(program.disk, 'way');
    symlinkSync(root, way);
    const entry = { memory: null, mode: 0o755, uid: 0, gid: 0, rdev: 0, target: '', times: [] };
    const { directory, socket } = ENTRY_KIND;
    const entries = [
      { ...entry, kind: directory, path: '/', inode: 1n },
      { ...entry, kind: directory, path: '/dir', inode: 2n },
      { ...entry, kind: socket, path: '/dir/there', inode: 3n },
    ];
    maker.add('mount', { device: 0x19, path: root, options: 'rw,mode=755,inode64', entries });
    const bound = (path: string) => {
      const local = unix(`${path}\0`);
      return open(maker, add(maker, { local, state: listening, backlog: 1 }));
    };
    const there = [bound(`${way}/dir/there`)];
    const gone = [bound(`${root}//dir//gone`), bound(`${way}/gone`), bound(`${root}/gone`)];
    const { failed, left, files } = program.run(maker);
    rmSync(root, { recursive: true });
    rmSync(way);
    expect([failed, left]).toEqual([[], []]);
    expect(there.map((file) => files.get(file)?.get('found'))).toEqual(['1']);
    expect(gone.map((file) => files.get(file)?.get('found'))).toEqual(['0', '0', '0']);
  });

  test('datagrams have their senders', () => {
    const maker = new PlanMaker();
    const [there, gone] = [unix('\0sender'), unix(`${join(program.disk, 'gone')}\0`)];
    const queue = [packet('one', { from: there }), packet('two', { from: gone }), packet('three')];
    const receiver = add(maker, { type: DGRAM, local: unix('\0receiver'), queue });
    const sender = add(maker, { type: DGRAM, local: there, state: connected, peer: receiver });
    const [file, from] = [open(maker, receiver), open(maker, sender)];
    const { failed, left, files } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(files.get(file)?.texts('read')).toEqual(['one', 'two', 'three']);
    expect(files.get(file)?.all('from')).toEqual([hex(there), hex(gone)]);
    expect(files.get(from)?.get('peer')).toBe(hex(unix('\0receiver')));
  });

  test('an end that is shut, and one whose peer has gone, read what was left and then the end', () => {
    const maker = new PlanMaker();
    const { shut_receive, shut_send } = SOCKET_FLAG;
    const { files } = couple(
      maker,
      { flags: shut_receive, queue: [packet('last words')] },
      { flags: shut_send },
    );
    const left = open(maker, add(maker, { state: connected, queue: [packet('left behind')] }));
    const { failed, files: facts } = program.run(maker);
    expect(failed).toEqual([]);
    expect(facts.get(files[0])?.texts('read')).toEqual(['last words', '']);
    expect(facts.get(left)?.texts('read')).toEqual(['left behind', '']);
  });

  test('TCP listens, UDP has its datagrams; connections of TCP are not made', () => {
    const maker = new PlanMaker();
    const inet = { family: 2, flags: SOCKET_FLAG.reuse_address };
    const tcp = { ...inet, type: STREAM, protocol: 6 };
    const server = open(maker, add(maker, { ...tcp, local: loopback(4000), state: listening, backlog: 5 }));
    const queue = [packet('datagram', { from: loopback(4002) })];
    const udp = add(maker, { ...inet, type: DGRAM, protocol: 17, local: loopback(4001), queue });
    const receiver = open(maker, udp);
    const elsewhere = Uint8Array.of(2, 0, 16, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const absent = open(maker, add(maker, { ...tcp, local: elsewhere }));
    const client = add(maker, { ...tcp, local: loopback(4003), remote: loopback(4000), state: connected });
    const { failed, left, files } = program.run(maker);
    expect(failed).toMatchObject([{ op: 'makeSocket', object: client, error: -EPROTONOSUPPORT }]);
    expect(left).toEqual([]);
    expect([files.get(server)?.get('listens'), files.get(server)?.get('name')]).toEqual([
      '1',
      hex(loopback(4000)),
    ]);
    expect(files.get(receiver)?.texts('read')).toEqual(['datagram']);
    expect(files.get(receiver)?.all('from')).toEqual([hex(loopback(4002))]);
    expect(files.get(absent)?.get('name')).toBe(hex(elsewhere));
  });
});
