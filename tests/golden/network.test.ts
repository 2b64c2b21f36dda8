// Devices, addresses and routes of each network namespace against /proc/net and `ip`.

import { afterAll, beforeAll, describe, test } from 'vitest';
import { addressLine, routeLine } from '../../src/cli/network-parts.js';
import { isStable, textOf } from '../../src/lab/truth.js';
import { KERNEL_FILES } from '../../src/parsers/net/proc-net.js';
import { networkOf } from '../../src/parsers/parts/network.js';
import type { NetDevice } from '../../src/snapshot/network.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** Each namespace's text of a file of /proc/net: the initial one's, then those of other processes. */
  function texts(file: string): { namespace: number; text: string; what: string }[] {
    const { truth, dump } = fixture;
    const found: { namespace: number; text: string; what: string }[] = [];
    const add = (namespace: number, path: string, value: string | undefined) => {
      if (value !== undefined && isStable(truth, path)) found.push({ namespace, text: value, what: path });
    };
    const path = `/proc/net/${file}`;
    add(networkOf(dump).initial, `system ${path}`, textOf(truth.system[path]));
    for (const [pid, { files, links }] of Object.entries(truth.processes)) {
      const namespace = Number(/\d+/.exec(links['ns/net'] ?? '')?.[0]);
      add(namespace, `processes ${pid} files net/${file}`, textOf(files[`net/${file}`]));
    }
    return found;
  }

  const inNamespace = <T extends { namespace: number }>(all: readonly T[], namespace: number): T[] =>
    all.filter((each) => each.namespace === namespace);

  test('/proc/net/dev', () => {
    const compare = new Comparison();
    for (const { namespace, text, what } of texts('dev')) {
      const lines = text.trimEnd().split('\n').slice(2);
      const ours = inNamespace(networkOf(fixture.dump).devices, namespace);
      compare.same(
        `${what} devices`,
        ours.map((each) => each.name),
        lines.map((line) => line.trim().split(':')[0]),
      );
      for (const [i, line] of lines.entries()) compareCounters(compare, `${what} ${i}`, ours[i], line);
    }
    compare.finish(3);
  });

  /** What `ip` said in the initial namespace, and in that of the process zoo-network. */
  function ipTexts(file: string): { namespace: number; text: string; what: string }[] {
    const { truth, dump } = fixture;
    const pid = /^zoo-network (\d+) ready$/m.exec(textOf(truth.system['/run/otherworld/zoo']) ?? '')?.[1];
    const link = truth.processes[Number(pid)]?.links['ns/net'] ?? '';
    const zoo = textOf(truth.system[`/run/otherworld/zoo-${file}`]);
    const own = {
      namespace: networkOf(dump).initial,
      what: file,
      text: textOf(truth.system[`/run/otherworld/ip-${file}`]) ?? '',
    };
    if (pid === undefined || zoo === undefined) return [own];
    return [own, { namespace: Number(/\d+/.exec(link)?.[0]), what: `zoo ${file}`, text: zoo }];
  }

  test('ip addr: flags, MTU, queueing, state, and addresses', () => {
    const compare = new Comparison();
    for (const { namespace, text, what } of ipTexts('addr')) {
      const ours = inNamespace(networkOf(fixture.dump).devices, namespace);
      compareLinks(compare, what, ours, text);
      const theirs = text.split('\n').filter((line) => /^ +inet6? /.test(line));
      const lines = inNamespace(networkOf(fixture.dump).addresses, namespace).map((each) =>
        bare(addressLine(each)),
      );
      compare.same(`${what} addresses`, lines.sort(), theirs.map(bare).sort());
    }
    compare.finish(3);
  });

  test.each(KERNEL_FILES)('/proc/net/%s, byte for byte', (file) => {
    const compare = new Comparison();
    for (const { namespace, text, what } of texts(file)) {
      const lines = (networkOf(fixture.dump).proc(file, namespace) ?? []).map((line) => `${line}\n`);
      compare.same(what, lasting(file, lines.join('')), lasting(file, text));
    }
    compare.finish(1);
  });

  test('/proc/net/protocols', () => {
    const compare = new Comparison();
    const { truth, dump } = fixture;
    const theirs = textOf(truth.system['/proc/net/protocols']) ?? '';
    // The memory column moves when a CPU hands in what it kept aside.
    const line = (text: string) =>
      text.replace(/^(.{9,}? +\d+ +\d+) +(\d+)(?= {3}(no|yes) )/, '$1 -').trimEnd();
    const lines = theirs.trimEnd().split('\n').map(line);
    const ours = (networkOf(dump).proc('protocols') ?? []).map(line);
    compare.same('number', ours.length, lines.length);
    for (const [i, each] of lines.entries()) compare.same(`line ${i}`, ours[i], each);
    compare.finish(15);
  });

  test('/proc/net/sockstat: as many sockets as there are in the tables', () => {
    const compare = new Comparison();
    const network = networkOf(fixture.dump);
    const here = inNamespace(network.sockets, network.initial).filter((each) => each.form === 'full');
    for (const [file, family] of [
      ['sockstat', 'inet'],
      ['sockstat6', 'inet6'],
    ]) {
      const text = textOf(fixture.truth.system[`/proc/net/${file}`]) ?? '';
      for (const [, name = '', number] of text.matchAll(/^(TCP|UDP|UDPLITE|RAW)6?: inuse (\d+)/gm)) {
        const tables = name === 'TCP' ? ['listen', 'ehash'] : [name.toLowerCase()];
        const found = here.filter((each) => each.family === family && tables.includes(each.table ?? ''));
        compare.same(`${name} ${family}`, String(found.length), number);
      }
    }
    compare.finish(6);
  });

  test('ip route show table all', () => {
    const compare = new Comparison();
    for (const { namespace, text, what } of ipTexts('route')) {
      const lines = text.replace(/\n\t/g, ' ').split('\n').filter(Boolean);
      const ours = inNamespace(networkOf(fixture.dump).routes, namespace).map(routeLine);
      compare.same(what, ours.map(sortedWords).sort(), lines.map(sortedWords).sort());
    }
    compare.finish(1);
  });
});

/** Attributes stand in another order for either family, and from version to version. */
function sortedWords(line: string): string {
  const told = line.replace(/ (pref medium|linkdown)/g, '').trim();
  return told.split(/\s+/).sort().join(' ');
}

/** `proto` is printed by newer versions of ip only. */
function bare(line: string): string {
  return line
    .trim()
    .replace(/ proto \S+/, '')
    .trim();
}

const HEAD =
  /^(\d+): ([^:@]+)\S*: <(.*)> mtu (\d+) qdisc (\S+) (?:master \S+ )?state (\S+) group default qlen (\d+)/gm;

/** M-DOWN is ip's word for a link whose other end it knows to be down: no flag of this device. */
function compareLinks(compare: Comparison, what: string, ours: readonly NetDevice[], text: string): void {
  const heads = [...text.matchAll(HEAD)];
  compare.same(`${what}: number of devices`, ours.length, heads.length);
  for (const [i, [, ...theirs]] of heads.entries()) {
    const each = ours[i];
    const fields = [each?.index, each?.name, each?.flags.join(','), each?.mtu, each?.qdisc, each?.operState];
    const told = theirs.map((word) => word.replace(/,M-DOWN$/, ''));
    compare.same(`${what} device ${i}`, [...fields, each?.queueLength].map(String), told);
  }
  for (const [i, [, mac, broadcast]] of [
    ...text.matchAll(/^ +link\/\S+ ([0-9a-f:]+) brd ([0-9a-f:]+)/gm),
  ].entries())
    compare.same(`${what} device ${i} link`, [ours[i]?.mac, ours[i]?.broadcast], [mac, broadcast]);
}

/** What may go on between the record and the panic: memory, closed connections, CPUs that look up a route. */
function lasting(file: string, text: string): string {
  if (file === 'sockstat') return text.replace(/ (mem|tw|orphan) \d+/g, '');
  if (file === 'ipv6_route') return text.replace(/^((?:\S+ ){6})[0-9a-f]{8} /gm, '$1- ');
  return text;
}

/** bytes packets errs drop … of both directions, as far as they are told. */
function compareCounters(
  compare: Comparison,
  what: string,
  device: NetDevice | undefined,
  line: string,
): void {
  const stats = device?.stats;
  if (device?.name === 'lo') compare.same(`${what} is counted`, stats !== null, true);
  if (stats === null || stats === undefined) return;
  const columns = line.split(':')[1]?.trim().split(/\s+/) ?? [];
  const ours = [stats.rxBytes, stats.rxPackets, stats.rxErrors, stats.rxDropped];
  const sent = [stats.txBytes, stats.txPackets, stats.txErrors, stats.txDropped];
  compare.same(`${what} received`, ours.map(String), columns.slice(0, 4));
  compare.same(`${what} sent`, sent.map(String), columns.slice(8, 12));
}
