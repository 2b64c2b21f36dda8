// What a plan says of sockets against what ss said of them in the guest, and what the zoo sent (src/lab/guest/zoo/sockets.c,
// network.c).

import { beforeAll, describe, expect, test } from 'vitest';
import { type Truth, textOf } from '../../src/lab/truth.js';
import { buildSnapshot } from '../../src/parsers/build-snapshot.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { FILE_KIND } from '../../src/resurrect/abi/records/files.js';
import {
  SOCKET_FLAG,
  SOCKET_STATE,
  type Socket,
  TCP_OPTION,
} from '../../src/resurrect/abi/records/sockets.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { Comparison } from './compare.js';
import { FIXTURES, openFixture } from './fixtures.js';
import { type SsSocket, ssSockets } from './ss-text.js';

const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10];
const TYPES: Readonly<Record<string, readonly [families: readonly number[], type: number]>> = {
  tcp: [[AF_INET, AF_INET6], 1],
  udp: [[AF_INET, AF_INET6], 2],
  u_str: [[AF_UNIX], 1],
  u_dgr: [[AF_UNIX], 2],
  u_seq: [[AF_UNIX], 5],
};
/** The states that ss names. */
const STATES: Readonly<Record<string, number>> = {
  LISTEN: SOCKET_STATE.listening,
  ESTAB: SOCKET_STATE.connected,
  'FIN-WAIT-1': SOCKET_STATE.closing,
  'FIN-WAIT-2': SOCKET_STATE.closing,
  'CLOSE-WAIT': SOCKET_STATE.closing,
};

const port = (address: Uint8Array): number =>
  address.length < 4 ? 0 : new DataView(address.buffer, address.byteOffset).getUint16(2);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe.each(FIXTURES)('%s', (name) => {
  let truth: Truth;
  let plan: Plan;
  beforeAll(() => {
    const fixture = openFixture(name);
    truth = fixture.truth;
    plan = buildPlan(buildSnapshot(fixture.dump, { of: 'plan' })).plan;
    fixture.dump.close();
  }, 60_000);

  /** Sockets of a process by descriptor. */
  function socketsOf(comm: string): Map<number, Socket> {
    const table = plan.process.find((each) => each.name === comm)?.threads[0]?.files ?? -1;
    return new Map(
      (plan.fileTable[table]?.descriptors ?? []).flatMap(({ fd, file }) => {
        const { kind, target } = plan.file[file] ?? {};
        const socket = kind === FILE_KIND.socket ? plan.socket[target ?? -1] : undefined;
        return socket === undefined ? [] : [[fd, socket] as const];
      }),
    );
  }

  const told = (): readonly (readonly [line: string, socket: SsSocket])[] => {
    const whole = textOf(truth.system['/run/otherworld/ss']) ?? '';
    const joined = whole
      .replace(/\n[ \t]+/g, ' ')
      .split('\n')
      .slice(1);
    return joined.flatMap((line) => ssSockets(`\n${line}`).map((socket) => [line, socket] as const));
  };

  test('family, type, state, ports and queues, as ss tells them', () => {
    const compare = new Comparison();
    const pids = new Set(plan.process.map(({ pid }) => pid));
    for (const [line, { kind, inode, ports, users, receive }] of told()) {
      const wanted = TYPES[kind];
      const owned = users.some((user) => pids.has(Number(/pid=(\d+)/.exec(user)?.[1])));
      if (wanted === undefined || inode === 0 || !owned) continue;
      const ours = plan.socket.find((socket) => socket.inode === BigInt(inode));
      const what = `${kind} ${inode} ${ports}`;
      compare.same(`${what} family`, wanted[0].includes(ours?.family ?? 0), true);
      compare.same(`${what} type`, ours?.type, wanted[1]);
      const state = STATES[line.trim().split(/\s+/)[1] ?? ''];
      if (state !== undefined) compare.same(`${what} state`, ours?.state, state);
      if (ours === undefined || kind.startsWith('u_')) continue;
      compare.same(`${what} ports`, `${port(ours.local)} ${port(ours.remote)}`, ports);
      if (kind !== 'tcp') continue;
      if (ours.state === SOCKET_STATE.listening) compare.same(`${what} waiting`, established(ours), receive);
      // A FIN is counted by ss, and has no byte.
      else
        compare.same(
          `${what} unread`,
          [receive, receive - 1].includes(ours.tcp[0]?.unread.length ?? 0),
          true,
        );
    }
    compare.finish(120);
  });

  const established = ({ pending }: Socket): number => pending.filter(({ socket }) => socket !== null).length;

  test('windows, options and limits of TCP, as ss tells them', () => {
    const compare = new Comparison();
    for (const [, { kind, inode, facts, memory }] of told()) {
      const ours = plan.socket.find((socket) => inode !== 0 && socket.inode === BigInt(inode));
      const tcp = ours?.tcp[0];
      if (kind !== 'tcp' || ours === undefined || tcp === undefined || ours.state === SOCKET_STATE.listening)
        continue;
      const has = (option: number) => (tcp.options & option) !== 0;
      compare.same(`${inode} ts`, has(TCP_OPTION.timestamps), facts['ts'] === 'true');
      compare.same(`${inode} sack`, has(TCP_OPTION.sack), facts['sack'] === 'true');
      const scale = facts['wscale'];
      if (scale !== undefined) compare.same(`${inode} wscale`, `${tcp.sndWscale},${tcp.rcvWscale}`, scale);
      const [, receive, , send] = /^r\d+,rb(\d+),t(\d+),tb(\d+)/.exec(memory ?? '') ?? [];
      if (receive === undefined) continue;
      compare.same(`${inode} buffers`, [ours.receiveLimit, ours.sendLimit], [Number(receive), Number(send)]);
    }
    compare.finish(40);
  });

  test('pairs know each other, and names are theirs', () => {
    const compare = new Comparison();
    for (const [line, { kind, inode }] of told()) {
      const peer = /^u_\w+ +\S+ +\d+ +\d+ +.* \d+ +\* (\d+)/.exec(line)?.[1];
      const index = plan.socket.findIndex((socket) => inode !== 0 && socket.inode === BigInt(inode));
      const ours = plan.socket[index];
      if (!kind.startsWith('u_') || ours === undefined || ours.peer === null) continue;
      compare.same(`${inode} peer`, plan.socket[ours.peer]?.inode.toString(), peer);
      const shown = line.trim().split(/\s+/)[4] ?? '*';
      const ownName = text(ours.local.subarray(2)).replace(/\0$/, '').replaceAll('\0', '@');
      compare.same(`${inode} name`, ownName === '' ? '*' : ownName, shown);
    }
    compare.finish(10);
  });

  test('what zoo-unix, zoo-tcp and zoo-udp sent and nobody has read', () => {
    const queued = (comm: string) =>
      [...socketsOf(comm).values()]
        .flatMap(({ queue }) => queue.map(({ contents }) => text(contents)))
        .sort();
    const streamed = (comm: string) =>
      [...socketsOf(comm).values()].map(({ tcp }) => text(tcp[0]?.unread ?? new Uint8Array(0)));
    expect(queued('zoo-unix')).toEqual(['answer', 'first', 'second', 'unread']);
    expect(
      streamed('zoo-tcp')
        .filter((each) => each !== '')
        .sort(),
    ).toEqual([
      ...['answer nobody read', 'answer nobody read'],
      ...['question nobody read', 'question nobody read'],
    ]);
    const udp = [...socketsOf('zoo-udp').values()];
    const [bound] = udp.filter(({ queue }) => queue.length > 0);
    expect(bound?.queue.map(({ contents }) => text(contents))).toEqual(['datagram one', 'datagram two']);
    const [sender] = udp.filter(({ remote }) => port(remote) === 7005);
    expect(bound?.queue.map(({ from }) => from)).toEqual([sender?.local, sender?.local]);
  });

  test('listeners of zoo-unix: what they asked for, and who waits', () => {
    const named = (path: string) =>
      [...socketsOf('zoo-unix').values()].find(
        ({ local, state }) => state === SOCKET_STATE.listening && text(local.subarray(2)).startsWith(path),
      );
    const listener = named('/run/zoo-socket\0');
    expect([listener?.backlog, listener?.pending.length]).toEqual([7, 1]);
    const embryo = plan.socket[listener?.pending[0]?.socket ?? -1];
    expect([embryo?.inode, (embryo?.flags ?? 0) & SOCKET_FLAG.embryo]).toEqual([0n, SOCKET_FLAG.embryo]);
    const client = plan.socket[embryo?.peer ?? -1];
    expect([...socketsOf('zoo-unix').values()]).toContain(client);
    expect(named('\0zoo-abstract')?.backlog).toBe(1);
    const shut = [...socketsOf('zoo-unix').values()].filter(
      ({ flags }) => (flags & SOCKET_FLAG.shut_send) !== 0,
    );
    expect(shut.map(({ type }) => type)).toEqual([5]);
  });

  test('the connection that zoo-network made as a restorer does', ({ skip }) => {
    const sockets = [...socketsOf('zoo-network').values()];
    if (sockets.length === 0) return skip('not in this capture');
    const [made] = sockets.filter(({ local }) => port(local) === 7012);
    const tcp = made?.tcp[0];
    expect(tcp && [text(tcp.unacknowledged), text(tcp.unsent), text(tcp.unread)]).toEqual([
      'sent, not acknowledged',
      'written, not sent',
      'received in order',
    ]);
    expect(tcp && [tcp.sndUna, tcp.sndNxt, tcp.writeSeq]).toEqual([500000, 500022, 500039]);
    expect(tcp && [tcp.copiedSeq, tcp.rcvNxt]).toEqual([700000, 700017]);
    expect([...(made?.remote.subarray(2, 8) ?? [])]).toEqual([7013 >> 8, 7013 & 0xff, 198, 51, 100, 9]);
    expect((made?.flags ?? 0) & SOCKET_FLAG.cork).toBe(SOCKET_FLAG.cork);
    const [connecting] = sockets.filter(({ remote }) => port(remote) === 7010);
    expect(connecting?.state).toBe(SOCKET_STATE.connecting);
    const [half] = sockets.filter(({ local }) => port(local) === 7011);
    expect(half?.pending).toMatchObject([{ socket: null }]);
    expect(port(half?.pending[0]?.remote ?? new Uint8Array(0))).toBe(4321);
  });

  test('the writer before a shut window lost nothing', ({ skip }) => {
    const sockets = [...socketsOf('zoo-network').values()];
    const [writer] = sockets.filter(({ remote }) => port(remote) === 7014);
    const [reader] = sockets.filter(({ local, remote }) => port(local) === 7014 && port(remote) !== 0);
    const [out, into] = [writer?.tcp[0], reader?.tcp[0]];
    if (out === undefined || into === undefined) return skip('not in this capture');
    const stream = Buffer.concat([
      into.unread,
      out.unacknowledged.subarray((into.rcvNxt - out.sndUna) >>> 0),
      out.unsent,
    ]);
    const blocks = Math.ceil(stream.length / 4096);
    const sent = Buffer.concat(Array.from({ length: blocks }, (_, i) => Buffer.alloc(4096, 97 + (i % 26))));
    expect(stream.length).toBeGreaterThan(4096);
    expect(stream.equals(sent.subarray(0, stream.length))).toBe(true);
  });

  test('descriptors on their way, in nobody’s table any more', ({ skip }) => {
    const passed = [...socketsOf('zoo-passed').values()].filter(({ queue }) =>
      queue.some(({ files }) => files.length),
    );
    if (passed.length === 0) return skip('not in this capture');
    const [receiver] = passed;
    const [packet] = receiver?.queue ?? [];
    const pid = plan.process.find((each) => each.name === 'zoo-passed')?.pid;
    expect(packet && [text(packet.contents), packet.pid, packet.uid, packet.gid]).toEqual([
      ...['three descriptors', pid, 1001, 1002],
    ]);
    expect((receiver?.flags ?? 0) & SOCKET_FLAG.pass_credentials).toBe(SOCKET_FLAG.pass_credentials);
    const files = (packet?.files ?? []).map(({ file }) => plan.file[file ?? -1]);
    expect(files.map((file) => file?.kind)).toEqual([
      FILE_KIND.shared_memory,
      FILE_KIND.pipe,
      FILE_KIND.socket,
    ]);
    expect(files[0]?.path).toBe('/run/zoo-passed');
    expect(text(plan.pipe[files[1]?.target ?? -1]?.buffers[0]?.contents ?? new Uint8Array(0))).toBe(
      'in a passed pipe',
    );
    const stream = plan.socket[files[2]?.target ?? -1];
    expect(stream?.queue.map(({ contents }) => text(contents))).toEqual(['456789']);
    const flying = [...socketsOf('zoo-shared').values()].flatMap(({ queue }) =>
      queue.flatMap((each) => each.files),
    );
    expect(flying.map(({ file }) => plan.file[file ?? -1]?.path)).toEqual(['/etc/debian_version']);
  });

  test('netlink groups, raw and packet sockets of zoo-otherfam', () => {
    const sockets = [...socketsOf('zoo-otherfam').values()];
    const netlink = sockets.filter(({ family }) => family === 16);
    expect(netlink.map(({ groups }) => groups)).toContainEqual([{ group: 1 }]);
    expect(sockets.filter(({ type, family }) => type === 3 && family === AF_INET).length).toBe(1);
    const packets = sockets.filter(({ family }) => family === 17);
    expect(packets.map(({ type, protocol }) => [type, protocol])).toEqual([
      [3, 0x0806],
      [2, 0],
    ]);
    const refused = plan.refusal.filter(({ resource }) => resource === 'socket_family');
    expect(refused.map(({ reason }) => /af-38/.test(reason))).toEqual([true]);
  });
});
