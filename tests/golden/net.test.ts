// Sockets against /proc/net of each namespace, against what ss said of them, and their queues against what the sources of
// the guest's processes put there (src/lab/guest/zoo/sockets.c, workloads/servers.sh).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { NO_KEY } from '../../src/parsers/net/hashed-pointer.js';
import { SOCKET_FILES } from '../../src/parsers/net/proc-net.js';
import { networkOf } from '../../src/parsers/parts/network.js';
import type { QueuedPacket, Socket } from '../../src/snapshot/socket.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { type SsSocket, ssSockets } from './ss-text.js';

/** The heading of 5.10's packet table is narrower than its lines; no structure tells of that. */
const OLD_PACKET_HEAD = 'sk       RefCnt Type Proto  Iface R Rmem   User   Inode';
/** tm->when of TCP is time that passes: to the guest's last moment it is less. */
const WHEN = /^(.*? [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:)([0-9A-F]{8})( .*)$/;
/** Clock ticks (100 Hz) from the record of the truth to the panic. */
const LATER = 60 * 100;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** Compares a table line by line; the countdown of a timer by its reach. */
  function compareTable(compare: Comparison, what: string, file: string, theirs: string, namespace: number) {
    const hashed = networkOf(fixture.dump).proc(file, namespace) ?? [];
    // Until the guest had gathered enough random bits, it printed no pointers, not even hashed.
    const keyless = theirs.includes(NO_KEY);
    const ours = keyless ? hashed.map((line) => line.replace(/\b0{8}[0-9a-f]{8}\b(?=[ :])/, NO_KEY)) : hashed;
    const lines = theirs.replace(/\n$/, '').split('\n');
    compare.same(`${what} lines`, ours.length, lines.length);
    for (const [i, line] of lines.entries()) {
      if (line === OLD_PACKET_HEAD) continue;
      const [, before, when, after] = (/^tcp6?$/.test(file) && WHEN.exec(line)) || [];
      if (when === undefined) {
        compare.same(`${what} line ${i}`, ours[i], line);
        continue;
      }
      const [, a, at, b] = WHEN.exec(ours[i] ?? '') ?? [];
      compare.same(`${what} line ${i}`, `${a}${b}`, `${before}${after}`);
      const passed = Number.parseInt(when, 16) - Number.parseInt(at ?? '', 16);
      compare.same(`${what} line ${i}: ${passed} ticks later`, passed >= 0 && passed < LATER, true);
    }
  }

  /** Of connections whose timers go off again and again: addresses, state and queues, and which timer it is. */
  function compareBeginnings(
    compare: Comparison,
    what: string,
    file: string,
    theirs: string,
    namespace: number,
  ) {
    const start = (line: string) => /^ *\d+: (.* [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:)/.exec(line)?.[1];
    const ours = (networkOf(fixture.dump).proc(file, namespace) ?? []).map(start);
    // TIME-WAIT (timer 03) lasts a minute, and may have ended between the record and the panic.
    const lines = theirs.replace(/\n$/, '').split('\n').map(start);
    const lasting = lines.filter(
      (line) => line === undefined || !line.endsWith(' 03:') || ours.includes(line),
    );
    compare.same(`${what} beginnings`, ours, lasting);
  }

  test('/proc/net of the initial namespace, hashed pointers and all', () => {
    const compare = new Comparison();
    const { truth, dump } = fixture;
    for (const file of SOCKET_FILES) {
      const theirs = textOf(truth.system[`/proc/net/${file}`]);
      if (theirs === undefined || !isStable(truth, `system /proc/net/${file}`, '1')) continue;
      compareTable(compare, file, file, theirs, networkOf(dump).initial);
    }
    compare.finish(40);
  });

  test('/proc/PID/net of other namespaces', () => {
    const compare = new Comparison();
    const { truth } = fixture;
    for (const [pid, { files, links }] of Object.entries(truth.processes)) {
      const namespace = Number(/\d+/.exec(links['ns/net'] ?? '')?.[0]);
      for (const file of SOCKET_FILES) {
        const theirs = textOf(files[`net/${file}`]);
        if (theirs === undefined) continue;
        if (isStable(truth, `processes ${pid} files net/${file}`))
          compareTable(compare, `${pid} ${file}`, file, theirs, namespace);
        else compareBeginnings(compare, `${pid} ${file}`, file, theirs, namespace);
      }
    }
    // Captures of before the recorder asked for them have none.
    const told = Object.values(truth.processes).some(({ files }) => 'net/unix' in files);
    compare.finish(told ? 10 : 0);
  });

  /** Ours by inode; those that wait to be accepted have none, and are found by their addresses. */
  function ourSocket(theirs: SsSocket): Socket | undefined {
    const { sockets, initial } = networkOf(fixture.dump);
    const here = sockets.filter((each) => each.namespace === initial);
    if (theirs.inode !== 0) return here.find((each) => Number(each.inode) === theirs.inode);
    const ends = (each: Socket) => `${each.inet?.localPort} ${each.inet?.remotePort}`;
    return here.find((each) => each.inode === 0 && ends(each) === theirs.ports);
  }

  test('ss: owners, queues, memory, and the state of TCP', () => {
    const compare = new Comparison();
    for (const theirs of ssSockets(textOf(fixture.truth.system['/run/otherworld/ss']) ?? '')) {
      const ours = ourSocket(theirs);
      const what = `${theirs.kind} ${theirs.inode} ${theirs.ports}`;
      compare.same(`${what} is there`, ours !== undefined, true);
      if (ours === undefined) continue;
      compareSs(compare, what, ours, theirs);
      const owners = networkOf(fixture.dump)
        .owners(ours)
        .map(({ comm, pid, fd }) => `"${comm}",pid=${pid},fd=${fd}`);
      compare.same(`${what} owners`, owners.sort(), [...theirs.users].sort());
    }
    compare.finish(200);
  });

  const socketsOf = (comm: string): Socket[] => {
    const network = networkOf(fixture.dump);
    return network.sockets.filter((each) => network.owners(each).some((owner) => owner.comm === comm));
  };
  const texts = (queue: readonly QueuedPacket[]): string[] =>
    queue.map(({ data }) => Buffer.from(data ?? '', 'base64').toString('latin1'));
  const received = (comm: string): string[] =>
    socketsOf(comm)
      .flatMap(({ receiveQueue }) => texts(receiveQueue))
      .filter((text) => text !== '')
      .sort();

  test('what nobody has read yet', () => {
    expect(received('zoo-unix')).toEqual(['answer', 'first', 'second', 'unread']);
    expect(received('zoo-tcp')).toEqual([
      ...['answer nobody read', 'answer nobody read'],
      ...['question nobody read', 'question nobody read'],
    ]);
    expect(received('zoo-udp')).toEqual(['datagram one', 'datagram two']);
    const [bound] = socketsOf('zoo-udp').filter(({ receiveQueue }) => receiveQueue.length > 0);
    const senders = socketsOf('zoo-udp').map(({ inet }) => `127.0.0.1:${inet?.localPort}`);
    for (const { from } of bound?.receiveQueue ?? []) expect(senders).toContain(from);
  });

  /** The guest has the process zoo-network; recorders before it had none. */
  const hasZoo = (comm: string): boolean =>
    (textOf(fixture.truth.system['/run/otherworld/zoo']) ?? '').includes(`${comm} `);
  const portOf = (port: number): Socket | undefined =>
    socketsOf('zoo-network').find(({ inet }) => inet?.localPort === port || inet?.remotePort === port);

  test('what is on its way: sent, not sent, out of order, and a window that is shut', ({ skip }) => {
    if (!hasZoo('zoo-network')) return skip('not in this capture');
    const way = portOf(7012);
    expect(texts(way?.receiveQueue ?? [])).toEqual(['received in order']);
    expect(texts(way?.tcp?.outOfOrder ?? [])).toEqual(['ahead of a gap']);
    expect(texts(way?.tcp?.unacknowledged ?? [])).toEqual(['sent, not acknowledged']);
    expect(texts(way?.tcp?.unsent ?? [])).toEqual(['written, not sent']);
    expect([way?.tcp?.sndUna, way?.tcp?.copiedSeq, way?.tcp?.rcvNxt]).toEqual([500000, 700000, 700017]);
    const [writer, reader] = [true, false].map((isWriter) =>
      socketsOf('zoo-network').find(
        ({ inet, state }) =>
          state === 'established' && (isWriter ? inet?.remotePort : inet?.localPort) === 7014,
      ),
    );
    expect(writer?.tcp?.timer.kind).toBe(4);
    const stream = [...texts(reader?.receiveQueue ?? []), ...texts(writer?.tcp?.unsent ?? [])].join('');
    const blocks = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i).repeat(4096)).join('');
    expect(stream).toBe(blocks.slice(0, stream.length));
    expect(stream.length).toBe((reader?.receiveBytes ?? 0) + (writer?.sendBytes ?? 0));
  });

  test('connections that are being made', ({ skip }) => {
    if (!hasZoo('zoo-network')) return skip('not in this capture');
    expect(portOf(7010)?.state).toBe('syn-sent');
    const request = networkOf(fixture.dump).sockets.find(({ form }) => form === 'request');
    expect(request?.inet).toMatchObject({ localPort: 7011, remoteAddress: '198.51.100.9', remotePort: 4321 });
    expect(request?.timer?.kind).toBe(1);
  });

  const zooErrors = (): string[][] =>
    (textOf(fixture.truth.system['/run/otherworld/zoo-errors']) ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '));

  test('a handshake without its end: what our answer said', ({ skip }) => {
    if (!hasZoo('zoo-network')) return skip('not in this capture');
    const { sockets } = networkOf(fixture.dump);
    const made = sockets.find(({ form }) => form === 'request');
    // The forged segment was 1000, and said nothing of options.
    expect(made?.request).toMatchObject({
      rcvIsn: 1000,
      rcvNxt: 1001,
      mss: 536,
      sack: false,
      timestamps: false,
    });
    expect(made?.request?.listener).toBe(portOf(7011)?.address);
    const [, ...answer] = zooErrors().find(([kind]) => kind === 'syn-ack') ?? [];
    if (answer.length === 0) return skip('not in this capture');
    const { sntIsn, rcvNxt, rcvWnd = 0 } = made?.request ?? {};
    expect([sntIsn, rcvNxt, Math.min(rcvWnd, 0xffff)].map(String)).toEqual(answer);
  });

  test('what is left of a connection agrees with the other end', ({ skip }) => {
    const { sockets } = networkOf(fixture.dump);
    const left = sockets.filter(({ timeWait, inet }) => timeWait !== null && inet?.localPort === 7015);
    const compare = new Comparison();
    for (const { inet, timeWait } of left) {
      const other = sockets.find((each) => each.form === 'full' && each.inet?.localPort === inet?.remotePort);
      if (other === undefined) continue;
      const numbers = [timeWait?.sndNxt, timeWait?.rcvNxt];
      compare.same(`${inet?.remotePort}`, numbers, [other.tcp?.rcvNxt, other.tcp?.sndNxt]);
      compare.same('window scale', timeWait?.rcvWscale, other.tcp?.sndWscale);
    }
    // Both ends are there for a minute only.
    if (compare.count === 0) return skip('not in this capture');
    compare.finish(2);
  });

  test('failures that nobody has heard of, as their twins were told', ({ skip }) => {
    const told = zooErrors().filter(([kind]) => kind !== 'syn-ack');
    if (told.length === 0) return skip('not in this capture');
    const failed = socketsOf('zoo-network').flatMap((each) => each.errors);
    const compare = new Comparison();
    for (const [kind, errno, , type, code, info, data, address, port, by, ...words] of told) {
      const [ours, second] = failed.filter(({ origin }) => origin === kind);
      compare.same(`${kind} is there once`, [ours !== undefined, second], [true, undefined]);
      const numbers = [ours?.errno, ours?.type, ours?.code, ours?.info, ours?.data].map(String);
      compare.same(kind ?? '', numbers, [errno, type, code, info, data]);
      const host = address?.includes(':') ? `[${address}]` : address;
      compare.same(`${kind} to`, ours?.destination ?? '-', address === '-' ? '-' : `${host}:${port}`);
      compare.same(`${kind} by`, ours?.offender ?? '-', by);
      const contents = Buffer.from(ours?.contents ?? '', 'base64').toString('latin1');
      compare.same(`${kind} contents`, contents, words.join(' '));
    }
    compare.finish(15);
    const hears = socketsOf('zoo-network').filter(({ inet }) => inet?.receiveErrors);
    // Three kinds, twice each.
    expect(hears.length).toBe(6);
  });

  test('descriptors on their way, and a stream read in part', ({ skip }) => {
    if (!hasZoo('zoo-passed')) return skip('not in this capture');
    const [packet] = socketsOf('zoo-passed').flatMap(({ receiveQueue }) => receiveQueue.filter(isPassing));
    expect(texts(packet ? [packet] : [])).toEqual(['three descriptors']);
    expect(packet?.files.map(({ path }) => path.replace(/\d+/, 'N'))).toEqual([
      ...['/run/zoo-passed', 'pipe:[N]', 'socket:[N]'],
    ]);
    const pid = /^zoo-passed (\d+)/m.exec(textOf(fixture.truth.system['/run/otherworld/zoo']) ?? '')?.[1];
    expect(packet?.credentials).toEqual({ pid: Number(pid), uid: 1001, gid: 1002 });
    expect(received('zoo-passed')).toEqual(['456789', 'three descriptors']);
  });

  test('options that the programs have set', ({ skip }) => {
    const sockets = socketsOf('zoo-tcp').filter(({ inet }) => inet?.localPort !== 0);
    const server = (port: number, { inet }: Socket) => inet?.localPort === port;
    for (const each of sockets) {
      const listens = each.state === 'listen';
      const isServer = server(7004, each) || server(7006, each);
      // SO_REUSEADDR goes from a listener to what it accepts.
      expect(each.options?.reuseAddress).toBe(isServer);
      const held = texts(each.receiveQueue).join('');
      expect(each.options?.keepAlive).toBe(!listens && held === 'question nobody read');
      expect((each.tcp?.nonagle ?? 0) & 1).toBe(held === 'answer nobody read' ? 1 : 0);
    }
    expect(sockets.length).toBe(12);
    if (!hasZoo('zoo-network')) return skip('not in this capture');
    const shut = socketsOf('zoo-network').filter(
      ({ inet }) => inet?.localPort === 7014 || inet?.remotePort === 7014,
    );
    const set = shut.map(({ options }) => [options?.receiveBufferSet, options?.sendBufferSet]);
    expect(set.map(String).sort()).toEqual([...['false,true', 'true,false', 'true,false']]);
  });

  test('a vsock that is not bound, and one of a family that has no reader', () => {
    const other = socketsOf('zoo-otherfam');
    const [vsock] = other.filter(({ family }) => family === 'vsock');
    expect(vsock?.type).toBe('stream');
    // 5.10 tells no types of modules.
    const any = { localCid: null, localPort: null, remoteCid: null, remotePort: null };
    const told = fixture.dump.kernel.symbols.address('btf_modules') !== undefined;
    expect(vsock?.vsock).toEqual(told ? any : null);
    expect(other.filter(({ family }) => family === 'af-38').map(({ type }) => type)).toEqual(['seqpacket']);
  });

  test('connections that nobody has accepted yet', () => {
    const listeners = [...socketsOf('zoo-tcp'), ...socketsOf('zoo-unix')].filter(
      ({ backlog }) => backlog !== null,
    );
    const pending = listeners.flatMap(({ backlog }) => backlog?.pending ?? []);
    expect(listeners.map(({ backlog }) => backlog?.limit).sort()).toEqual([1, 16, 16, 7]);
    expect(pending.length).toBe(3);
    const all = new Map(networkOf(fixture.dump).sockets.map((each) => [each.address, each]));
    for (const { socket } of pending) {
      expect(all.get(socket)?.inode).toBe(0);
      expect(all.get(socket)?.state).toBe('established');
    }
  });

  test('a page that its reader left half read goes on where it stopped', () => {
    const [socket] = socketsOf('cl-http-nginx').filter(({ family }) => family === 'inet');
    if (socket === undefined) return expect(fixture.truth.machine.workloads).not.toContain('servers');
    const text = texts(socket.receiveQueue).join('');
    expect(text.length).toBe(socket.receiveBytes);
    expect(text.trimEnd()).toMatch(/<\/html>$/);
  });
});

const isPassing = ({ files }: QueuedPacket): boolean => files.length > 0;

function compareSs(compare: Comparison, what: string, ours: Socket, theirs: SsSocket): void {
  compare.same(`${what} receive queue`, ours.receiveBytes, theirs.receive);
  const isDatagram = ours.family === 'unix' && ours.type === 'dgram';
  if (!isDatagram || theirs.receive > 0) {
    compare.same(`${what} send queue`, ours.sendBytes, theirs.send);
  }
  const m = ours.memory;
  const memory = `r${m?.receive},rb${m?.receiveLimit},t${m?.send},tb${m?.sendLimit},f${m?.forward},w${m?.writeQueued},o${m?.option},bl${m?.backlog},d${ours.drops}`;
  if (theirs.memory !== null) compare.same(`${what} memory`, memory, theirs.memory);
  const { tcp } = ours;
  if (tcp === null) return;
  const facts: Record<string, unknown> = {
    ts: tcp.timestamps,
    sack: tcp.sack,
    wscale: tcp.windowScaling ? `${tcp.sndWscale},${tcp.rcvWscale}` : undefined,
    rto: tcp.rtoMs,
    ato: tcp.atoMs,
    rtt: `${tcp.srttUs / 1000}/${tcp.rttVarUs / 1000}`,
    mss: tcp.mss,
    pmtu: tcp.pathMtu,
    rcvmss: tcp.receiveMss,
    advmss: tcp.advertisedMss,
    cwnd: tcp.sndCwnd,
    bytes_sent: tcp.bytesSent,
    bytes_acked: tcp.bytesAcked,
    bytes_received: tcp.bytesReceived,
    segs_out: tcp.segmentsOut,
    segs_in: tcp.segmentsIn,
    rcv_ssthresh: tcp.rcvSsthresh,
    snd_wnd: tcp.sndWnd,
  };
  for (const [name, value] of Object.entries(theirs.facts)) {
    if (name in facts) compare.same(`${what} ${name}`, String(facts[name]), value);
  }
  compare.same(`${what} congestion control`, theirs.words.includes(tcp.congestion ?? 'none'), true);
}
